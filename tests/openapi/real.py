"""Hooks of schemathesis: what it makes up becomes real, so that requests get further than "not found".

Schemathesis knows the shapes of ids, times, numbers and addresses, and nothing that is there. Before a request is sent, most
of its well-formed ids become those of rows that are; its times become free ones; its telephone numbers and addresses become
some; texts and lists of nothing become ones of something, and amounts such as people deal in. What is badly formed on
purpose stays as it is, and so does one request in `UNTOUCHED`.

How requests were answered is counted by operation and status; `TALLY` is the file it is written to at the end.
"""

import atexit
import collections
import copy
import itertools
import json
import os
import random
import re
from datetime import datetime, timedelta, timezone

import requests
import schemathesis

HOUSE, TOKEN, PROGRAM = os.environ["HOUSE"], os.environ["TOKEN"], os.environ["PROGRAM"]
# One of so many requests stays as it was made up: what is not there must be refused, too.
UNTOUCHED = 8
ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ].*")

numbers = itertools.count(1)
chance = random.Random(1)
house = requests.Session()
house.headers["Authorization"] = f"Bearer {TOKEN}"


def asked(method, path, **more):
    answer = house.request(method, f"{HOUSE}{path}", timeout=10, **more)
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json()


DEMO = asked("GET", "/api/businesses")["businesses"][0]
BUSINESS, SERVICE = DEMO["id"], DEMO["services"][0]["id"]
SETUP = {name: DEMO[name] for name in ("hours", "region", "services", "zone")}
# What a business is changed to, and what another one begins with: its services have no ids yet.
SETUPS = {
    "/api/business": SETUP,
    "/api/businesses": SETUP | {"services": [{**service, "id": None} for service in SETUP["services"]]},
}


def free_times():
    """Free times, each once, a day at a time."""
    day = datetime.now(timezone.utc).replace(microsecond=0)
    for begins in (day + timedelta(days=days) for days in itertools.count(1)):
        span = {"from": begins.isoformat(), "to": (begins + timedelta(days=1)).isoformat()}
        for slot in asked("GET", "/api/slots", params={"service": SERVICE, "limit": 200, **span}):
            yield slot["start"]


times = free_times()


def phone():
    return f"+1305555{next(numbers) % 10_000:04}"


def email():
    return f"ana{next(numbers)}@example.com"


def user():
    return {
        "email": email(),
        "password": "a password of some length",
        "businesses": [{"business": BUSINESS, "role": "agent"}],
    }


def contact():
    return {"first_name": "Ana", "phone": phone(), "email": email()}


# How the row is made that a field names: where, with what, and where its id is in the answer.
MAKERS = {
    "account": ("/social/accounts", lambda: {"platform": "facebook", "name": "Oak", "webhook": PROGRAM}, "id"),
    "appointment": (
        "/appointments",
        lambda: {"service": SERVICE, "start": next(times), "customer": {"name": "Ana", "phone": phone()}},
        "id",
    ),
    "campaign": ("/campaigns", lambda: {"name": f"Campaign {next(numbers)}"}, "id"),
    "contact": ("/contacts", contact, "id"),
    "conversation": (
        lambda: f"/contacts/{row('contact')}/calls",
        lambda: {"direction": "inbound", "notes": "Asked for the hours."},
        "conversation",
    ),
    "hold": ("/holds", lambda: {"service": SERVICE, "starts": [next(times)], "count": 1}, "id"),
    "import": ("/imports", lambda: {"text": f"Name,Email\nAna,{email()}\n"}, "import.id"),
    "key": ("/keys", lambda: {"name": "A program", "scopes": ["reception"]}, "key.id"),
    "list": ("/smart-lists", lambda: {"name": f"List {next(numbers)}", "filter": {}}, "id"),
    "note": (lambda: f"/contacts/{row('contact')}/notes", lambda: {"body": "Shy."}, "id"),
    "opportunity": ("/opportunities", lambda: {"name": "Braces", "stage": row("stage")}, "id"),
    "order": ("/orders", lambda: {"items": [{"name": "Cleaning", "quantity": 1, "unit_minor": 9000}]}, "id"),
    "pipeline": (
        "/pipelines",
        lambda: {"name": f"Pipeline {next(numbers)}", "stages": [{"name": "New", "probability": 10}]},
        "id",
    ),
    "post": ("/social/posts", lambda: {"text": "Open on Saturday."}, "id"),
    "sessionId": ("/mcp/copilot/sessions/initialize", lambda: {"crmType": "embedded"}, "sessionId"),
    "stage": (
        "/pipelines",
        lambda: {"name": f"Pipeline {next(numbers)}", "stages": [{"name": "New", "probability": 10}]},
        "stages.0.id",
    ),
    "task": ("/tasks", lambda: {"title": "Call back"}, "id"),
    "user": ("/users", user, "id"),
    "workflow": ("/workflows", lambda: {"name": f"Workflow {next(numbers)}"}, "id"),
}
# Fields that name such a row by another name: never the same one.
ALSO = {
    "assignee": "user",
    "gone": "contact",
    "instead_of": "hold",
    "keep": "contact",
    "moving": "appointment",
    "own_hold": "hold",
    "owner": "user",
}
# Rows that are there, by the field that names them; and which of them the request under way names.
ALWAYS = {"business": BUSINESS, "businessId": BUSINESS, "locationId": BUSINESS, "service": SERVICE}
rows, named = {}, set()


def at(value, place):
    for step in place.split("."):
        value = value[int(step) if step.isdigit() else step]
    return value


def row(field):
    """The id of a row that such a field names; none for what cannot be made, such as a call, or one pipeline too many."""
    if field in ALWAYS:
        return ALWAYS[field]
    if field == "action":
        return asked("GET", "/api/actions", params={"limit": 1})["items"][0]["id"]
    if field not in rows and (maker := MAKERS.get(ALSO.get(field, field))):
        path, body, place = maker
        path = path if isinstance(path, str) else path()
        answer = house.post(f"{HOUSE}/api{path}", json=body(), timeout=10)
        if not answer.ok:
            return None
        rows[field] = at(answer.json(), place)
    named.add(field)
    return rows.get(field)


# What is given where nothing is, by field; and instead of any number or text, as those are of no use.
SOMETHING = {
    "items": lambda: [{"name": "Cleaning", "quantity": 1, "unit_minor": 9000}],
    "scopes": lambda: ["reception"],
    "stages": lambda: [{"name": "New", "probability": 10}],
    "starts": lambda: [next(times)],
    "tags": lambda: ["vip"],
    "text": lambda: f"Name,Email\nAna,{email()}\n",
    "words": lambda: "How was it? {link}",
}
INSTEAD = {
    "amount_minor": lambda: 100,
    "apiKey": lambda: "",
    "count": lambda: 1,
    "crmType": lambda: "embedded",
    "email": email,
    "link": lambda: PROGRAM,
    "phone": phone,
    "quantity": lambda: 1,
    "total_minor": lambda: None,
    "unit_minor": lambda: 100,
    "url": lambda: PROGRAM,
    "webhook": lambda: PROGRAM,
}


def real(field, value):
    """What is well-formed becomes what is there."""
    if isinstance(value, dict):
        return {name: real(name, one) for name, one in value.items()}
    if isinstance(value, list):
        return [real(field, one) for one in value]
    if field in INSTEAD and isinstance(value, (str, int)):
        return INSTEAD[field]()
    if not isinstance(value, str):
        return value
    if ID.fullmatch(value):
        return row(field) or value
    if field in ("start", "starts") and TIME.fullmatch(value):
        return next(times)
    if field == "from" and not TIME.fullmatch(value):
        return phone()
    return value


def filled(field, value):
    """Nothing becomes something, in a body."""
    if isinstance(value, dict):
        return {name: filled(name, one) for name, one in value.items()}
    if value in ("", []) and field in SOMETHING:
        return SOMETHING[field]()
    if isinstance(value, list):
        return [filled(field, one) for one in value]
    return f"Words {next(numbers)}" if value == "" and field not in INSTEAD else value


@schemathesis.hook
def before_call(context, case, kwargs):
    named.clear()
    if case.path in SETUPS and isinstance(case.body, dict):
        # By these everything here is booked: they are given as they are, unless they are refused anyway.
        setup = SETUPS[case.path]
        case.body = {
            name: setup[name] if name in setup and type(setup[name]) is type(value) else value
            for name, value in case.body.items()
        }
    if chance.randrange(UNTOUCHED) == 0:
        return
    for place in ("path_parameters", "query"):
        fields = getattr(case, place)
        for name in fields:
            field = "sessionId" if name == "id" and "/sessions/" in case.path else name
            fields[name] = real(field, fields[name])
    if "/contact-fields/" in case.path and isinstance(case.path_parameters.get("key"), str):
        case.path_parameters["key"] = "shoe_size"
    if isinstance(case.body, (dict, list)):
        case.body = real("", filled("", copy.deepcopy(case.body)))
    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str):
        case.headers["Idempotency-Key"] = f"{key[:150]} {next(numbers)}".strip()
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"


tally = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation
    if case.method.lower() != operation.method.lower():
        return
    tally[f"{case.method} {case.path}"][response.status_code] += 1
    if response.status_code == 404 or case.method == "DELETE" or case.path.endswith(("/cancel", "/merge", "/undo")):
        # It may be gone: the next request gets another.
        for field in named & rows.keys():
            del rows[field]
    elif case.path.endswith("/consents"):
        # Whoever wants to hear no more is not written to.
        rows.clear()


@atexit.register
def write_tally():
    with open(os.environ["TALLY"], "w") as file:
        json.dump({operation: dict(statuses) for operation, statuses in tally.items()}, file)
