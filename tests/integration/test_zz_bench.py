import time, resource, os
from tests.imported import made_up, import_rows
def test_bench(office):
    n=int(os.environ.get("N","5000"))
    rows=made_up(n)
    t=time.time(); c=time.process_time()
    marks=[]
    w=import_rows(office, rows, progress=lambda d: marks.append((d, round(time.time()-t,1))))
    print("ROWS",n,"wall",round(time.time()-t,1),"python cpu",round(time.process_time()-c,1), "maxrss MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss//1024, marks[-3:])
    t=time.time(); print("check", office.application.ledger_check.run()==[], round(time.time()-t,1))
