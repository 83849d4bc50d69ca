# What the rules of routes.yaml must find (ruleid) and must leave alone (ok): `semgrep scan --test`.
# ruleid: route-without-permission
@blueprint.get("/open")
def open_to_everybody():
    return ""


# ruleid: route-without-permission
@blueprint.post("/open")
def anybody_writes():
    return ""


# ruleid: route-without-permission
@app.route("/open")
def by_the_app():
    return ""


# ok: route-without-permission
@blueprint.get("/cases")
@needs(Permission.READ_CASES)
def guarded():
    return ""


# ok: route-without-permission
@blueprint.post("/sign-in")
@public
def declared_open():
    return ""


# ok: route-without-permission
@blueprint.get("/my-case")
@for_the_person
def of_the_person():
    return ""


# ok: route-without-permission
@person_blueprint.post("/exports")
@needs(Permission.SEE_MONEY, confirmed=True)
@takes_files(10)
def confirmed():
    return ""


# ruleid: route-added-by-hand
blueprint.add_url_rule("/open", "open", open_to_everybody)
# ok: route-added-by-hand
blueprint.add_url_rule("/acts", "act", needs(Permission.SPEND)(act), methods=["GET"])


@blueprint.get("/read")
@needs(Permission.READ_CASES)
def writes_on_get():
    with application().store.begin() as work:
        # ruleid: get-route-that-commits
        work.commit()


@blueprint.post("/write")
@needs(Permission.TAKE_STEP)
def writes_on_post():
    with application().store.begin() as work:
        # ok: get-route-that-commits
        work.commit()


def page(text):
    # ruleid: template-from-a-string
    return render_template_string(text)
