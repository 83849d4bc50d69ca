# What the rules of dangers.yaml must find (ruleid) and must leave alone (ok): `semgrep scan --test`.
def read(blob, path):
    # ruleid: unsafe-deserialisation
    pickle.loads(blob)
    # ruleid: unsafe-deserialisation
    yaml.load(blob)
    # ok: unsafe-deserialisation
    yaml.load(blob, Loader=yaml.CSafeLoader)
    # ok: unsafe-deserialisation
    json.loads(blob)
    # ruleid: shell-command
    subprocess.run("tar xf " + path, shell=True, check=True)
    # ruleid: shell-command
    os.system("tar xf " + path)
    # ok: shell-command
    subprocess.run(["tar", "xf", path], check=True)


def tell(case, member):
    # ruleid: personal-data-in-the-log
    log.info("opened", who=case.party_name)
    # ruleid: personal-data-in-the-log
    logger.warning("refused", value=member.password)
    # ok: personal-data-in-the-log
    log.info("opened", case_id=case.id)


def serve(app):
    # ruleid: debug-mode
    app.run(host="127.0.0.1", debug=True)
    # ruleid: debug-mode
    app.config["DEBUG"] = True
    # ok: debug-mode
    app.run(host="127.0.0.1")
