#!/usr/bin/env python3
"""DynamoDB of toban sim and of moto_server, which others wrote, side by side.

The same requests go to both through our AWS client (cloud_driver), and what comes back has to be alike, refusals too:
code, words, reasons. Where the two differ on purpose, DIFFER says why. What moto does not do is held against
DynamoDB's documentation alone (`pocket`). At the end toban keeps its store on the pocket, told by sim/env alone.
"""
import base64
import decimal
import json
import os
import re
import subprocess
import sys
import time

from pocket.sim import Pocket
from test_aws_moto import BUILD, KEYS, Moto, has_moto

TMP, TOBAN = os.environ["E2E_TMP"], os.environ["TOBAN"]

# Name of a step: why the pocket answers otherwise than moto. Every one of them has to differ.
OWN_WORDS = "moto has words of its own for it"
TAKEN = "moto takes it, DynamoDB's documentation says that it is refused"
NOT_HELD = "moto lets the condition fail, DynamoDB refuses the request as it is written"
FULL_PAGE = "a page that is full tells where it ended, also when nothing is behind it; moto looks ahead"
BASE64 = "moto looks at the base64 text of bytes"
BY_NAME = "names come in their order; moto's in that of their making"
AT_ONCE = "moto's tables are made at once"
DIFFER = {
    "DeleteTable of none": OWN_WORDS,
    "ListTables": BY_NAME, "ListTables, a page": BY_NAME, "ListTables, the next": BY_NAME,
    "CreateTable": AT_ONCE, "CreateTable of numbers": AT_ONCE, "CreateTable of bytes": AT_ONCE,
    "CreateTable without sort key": AT_ONCE,
    "PutItem, empty key": OWN_WORDS, "PutItem, two types": TAKEN, "PutItem, a set with one twice": TAKEN,
    "PutItem, no number": TAKEN, "PutItem, too many digits": TAKEN, "PutItem, too large a number": TAKEN,
    "PutItem, too small a number": TAKEN, "GetItem, half a key": OWN_WORDS, "GetItem, key of another type": TAKEN,
    'if begins_with(b, :v) {"B": "AA=="}': BASE64, 'if size(b) = :v {"N": "2"}': BASE64,
    "refused: '' null": TAKEN, "refused: 's = s' null": TAKEN,
    """refused: 'begins_with(s, :v)' {"N": "1"}""": NOT_HELD, """refused: 'attribute_type(s, :v)' {"S": "X"}""": NOT_HELD,
    """refused: 'n BETWEEN :v AND :w' [{"N": "2"}, {"N": "1"}]""": NOT_HELD,
    """refused: 'n = :v' [{"N": "1"}, {"N": "2"}]""": NOT_HELD,
    "values without expression": TAKEN, "names that are not used": TAKEN,
    'SET #m.more = :v {"S": "x"}, UPDATED_OLD': "only what was changed is told; moto tells all of the map",
    'SET n = if_not_exists(n, :v) {"N": "9"}, UPDATED_NEW': "what was set is told, also to what it was",
    'no SET n = :v SET s = :v {"N": "1"}': TAKEN, 'no SET s.a = :v {"N": "1"}': TAKEN,
    'no SET #m = :v, #m.more = :v {"N": "1"}': TAKEN, 'no SET n = n + :v {"S": "x"}': OWN_WORDS,
    'no SET s = s + :v {"N": "1"}': OWN_WORDS, 'no ADD n :v {"S": "x"}': OWN_WORDS, 'no DELETE ss :v {"S": "x"}': OWN_WORDS,
    "no SET n = nope(n) null": OWN_WORDS, "UpdateItem, wrong ReturnValues": OWN_WORDS,
    "Query all, forward True, page 3": FULL_PAGE, "Query all, forward False, page 3": FULL_PAGE,
    "Query less, forward False, page 0": FULL_PAGE, "Query more, forward True, page 0": FULL_PAGE,
    "Query prefix, forward True, page 1": FULL_PAGE,
    "no Query: a type": TAKEN, "no Query: a filter by key": TAKEN, "no Query: twice": TAKEN, "no Query: no syntax": OWN_WORDS,
    "no Query: contains": OWN_WORDS, "Scan, counted by a filter": "Select=COUNT tells no items; moto does",
    "cancelled by what cannot be updated": "the documentation lists ValidationError, and no AttributeDoesNotExist",
    "no actions": TAKEN, "a check without condition": TAKEN, "101 actions": OWN_WORDS,
    "no such table": "the documentation: ResourceNotFoundException, and nothing is cancelled",
    "TransactGetItems, projected": "moto tells the keys of a projected item too",
    "BatchWriteItem of 26": TAKEN, "BatchWriteItem, one twice": TAKEN, "BatchGetItem of 101": OWN_WORDS,
    "DeleteTable": "moto's table is deleted at once",
}

# Members that cannot be alike.
TIMES = {"CreationDateTime"}
OWN = {"TableArn"}
# Of a table moto does not tell the first two, and tells lists of indexes that nobody asked for.
LEFT_OUT = {"TableId", "LastUpdateToPayPerRequestDateTime", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"}
# What moto tells although nobody asked, as it does of attributes that are none.
UNASKED = {"ConsumedCapacity", "ConsumedCapacityUnits", "ItemCollectionMetrics"}
used = set()


class Side:
    def __init__(self, url):
        self.url = url
        self.driver = subprocess.Popen([BUILD + "/tests/e2e/cloud_driver", url, "DynamoDB"], text=True,
                                       env=dict(os.environ, **KEYS), stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)

    def ask(self, action, body):
        self.driver.stdin.write("%s %s\n" % (action, json.dumps(body)))
        self.driver.stdin.flush()
        line = self.driver.stdout.readline()
        if not line:
            sys.exit("cloud_driver ended at %s" % action)
        return json.loads(line)

    def stop(self):
        self.driver.stdin.close()
        self.driver.wait(30)


def exact(n):
    return format(decimal.Decimal(n).normalize(), "f")


def plain(value):
    """Sets have no order, moments and ids are nobody's business, and moto keeps numbers as they were written."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    kind, only = next(iter(value.items())) if len(value) == 1 else (None, None)
    if kind == "N":
        return {kind: exact(only)}
    if kind in ("SS", "NS", "BS"):
        return {kind: sorted(exact(v) if kind == "NS" else v for v in only)}
    return {k: "TIME" if k in TIMES else "OWN" if k in OWN else plain(v) for k, v in value.items()
            if k not in LEFT_OUT}


def told(side):
    """What of an answer has to be alike."""
    if side["code"]:
        out = {"status": side["status"], "class": side["class"], "code": side["code"], "message": side["message"]}
        for name in ("CancellationReasons", "Item"):
            if name in (side["answer"] or {}):
                out[name] = plain(side["answer"][name])
        return out
    answer = {k: v for k, v in (side["answer"] or {}).items() if k not in UNASKED and not (k == "Attributes" and not v)}
    return {"status": side["status"], "answer": plain(answer)}


class Pair:
    def __init__(self, sim, moto):
        self.sim, self.moto = sim, moto
        self.found, self.count, self.failed = [], 0, 0

    def both(self, step, action, body, code=""):
        """code: the refusal that is due; "": none."""
        ours, theirs = self.sim.ask(action, body), self.moto.ask(action, body)
        a, b = told(ours), told(theirs)
        self.count += 1
        if ours["code"] != code:
            self.found.append("%s: the pocket answers %s, due is '%s'" % (step, json.dumps(a), code))
        elif theirs["status"] == 500:  # an error of moto's own program, which says nothing
            self.failed += 1
        elif step in DIFFER:
            if a != b:
                used.add(step)
        elif a != b:
            self.found.append("%s:\n  the pocket %s\n  moto       %s" % (step, json.dumps(a), json.dumps(b)))
        return ours["answer"]

    def pocket(self, step, action, body, code="", says=""):
        """What moto does not do. says: part of the words of a refusal."""
        ours = self.sim.ask(action, body)
        self.count += 1
        if ours["code"] != code or says not in ours["message"]:
            self.found.append("%s: due is '%s' %s, the pocket answers %s" % (step, code, says, json.dumps(ours)[:600]))
        return ours["answer"] or {}

    def must(self, step, condition, detail=None):
        if not condition:
            self.found.append("%s: %s" % (step, json.dumps(detail)[:600]))


INVALID, MISSING = "ValidationException", "ResourceNotFoundException"
FAILED, CANCELLED = "ConditionalCheckFailedException", "TransactionCanceledException"


def text(s):
    return {"S": s}


def number(n):
    return {"N": str(n)}


def data(b):
    return {"B": base64.b64encode(b).decode()}


def key(pk, sk):
    return {"pk": text(pk), "sk": text(sk)}


def new_table(name, sort="S"):
    names = [("pk", "S", "HASH")] + ([("sk", sort, "RANGE")] if sort else [])
    return {"TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t, _ in names],
            "KeySchema": [{"AttributeName": n, "KeyType": role} for n, _, role in names]}


def active(pair, name):
    for _ in range(200):
        answer = pair.sim.ask("DescribeTable", {"TableName": name})
        if (answer["answer"] or {}).get("Table", {}).get("TableStatus") == "ACTIVE":
            return
        time.sleep(0.05)
    sys.exit("table %s did not become ACTIVE" % name)


def tables(pair):
    pair.both("ListTables of nothing", "ListTables", {})
    pair.both("DescribeTable of none", "DescribeTable", {"TableName": "none"}, MISSING)
    pair.both("DeleteTable of none", "DeleteTable", {"TableName": "none"}, MISSING)
    pair.both("GetItem of no table", "GetItem", {"TableName": "none", "Key": key("a", "b")}, MISSING)
    pair.both("CreateTable", "CreateTable", new_table("items"))
    pair.both("CreateTable of numbers", "CreateTable", new_table("numbers", "N"))
    pair.both("CreateTable of bytes", "CreateTable", new_table("bytes", "B"))
    pair.both("CreateTable without sort key", "CreateTable", new_table("plain", None))
    pair.both("CreateTable twice", "CreateTable", new_table("items"), "ResourceInUseException")
    wrong = dict(new_table("wrong"), KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    pair.both("CreateTable, too many definitions", "CreateTable", wrong, INVALID)
    pair.pocket("CreateTable with an index", "CreateTable", dict(new_table("index"), LocalSecondaryIndexes=[]), INVALID,
                "ndexes")
    pair.pocket("CreateTable with a stream", "CreateTable",
                dict(new_table("stream"), StreamSpecification={"StreamEnabled": True}), INVALID, "tream")
    for name in ("items", "numbers", "bytes", "plain"):
        active(pair, name)
        pair.both("DescribeTable " + name, "DescribeTable", {"TableName": name})
    pair.both("ListTables", "ListTables", {})
    pair.both("ListTables, a page", "ListTables", {"Limit": 2})
    pair.both("ListTables, the next", "ListTables", {"ExclusiveStartTableName": "items", "Limit": 5})


ALL_TYPES = {"s": text("a \u6771"), "n": number("-12.50"), "b": data(b"\x00\xff"), "yes": {"BOOL": True},
             "nothing": {"NULL": True}, "ss": {"SS": ["x", "y"]}, "ns": {"NS": ["1", "2.5"]}, "bs": {"BS": ["AA=="]},
             "list": {"L": [number(1), text("two"), {"L": [text("deep")]}]},
             "map": {"M": {"in": {"M": {"er": number(3)}}, "list": {"L": [text("a"), text("b")]}}}, "blank": text("")}


def items(pair):
    def put(step, item, code="", **more):
        return pair.both(step, "PutItem", {"TableName": "items", "Item": item, **more}, code)

    def get(step, k, code="", **more):
        return pair.both(step, "GetItem", {"TableName": "items", "Key": k, **more}, code)

    put("PutItem of every type", {**key("a", "1"), **ALL_TYPES})
    get("GetItem of every type", key("a", "1"))
    get("GetItem, nothing there", key("a", "none"))
    get("GetItem, projected", key("a", "1"), ProjectionExpression="s, #m.#i.er, #l[1], #m.#l[0]",
        ExpressionAttributeNames={"#m": "map", "#i": "in", "#l": "list"})
    get("GetItem, nothing of it", key("a", "1"), ProjectionExpression="gone")
    put("PutItem, old values", {**key("a", "1"), **ALL_TYPES, "n": number("7E2")}, ReturnValues="ALL_OLD")
    put("PutItem, old values of none", key("a", "2"), ReturnValues="ALL_OLD")
    put("PutItem without sort key", {"pk": text("a")}, INVALID)
    put("PutItem, sort key of another type", {"pk": text("a"), "sk": number(1)}, INVALID)
    put("PutItem, empty key", key("a", ""), INVALID)
    put("PutItem, no value", {**key("a", "x"), "v": {}}, INVALID)
    put("PutItem, two types", {**key("a", "x"), "v": {"S": "a", "N": "1"}}, INVALID)
    put("PutItem, empty set", {**key("a", "x"), "v": {"SS": []}}, INVALID)
    put("PutItem, a set with one twice", {**key("a", "x"), "v": {"SS": ["a", "a"]}}, INVALID)
    put("PutItem, no number", {**key("a", "x"), "v": number("1a")}, INVALID)
    put("PutItem, too many digits", {**key("a", "x"), "v": number("1" * 39)}, INVALID)
    put("PutItem, too large a number", {**key("a", "x"), "v": number("1E126")}, INVALID)
    put("PutItem, too small a number", {**key("a", "x"), "v": number("1E-131")}, INVALID)
    put("PutItem, too large", {**key("a", "x"), "v": text("x" * 409600)}, INVALID)
    get("GetItem, half a key", {"pk": text("a")}, INVALID)
    get("GetItem, more than a key", {**key("a", "1"), "v": text("x")}, INVALID)
    get("GetItem, key of another type", {"pk": text("a"), "sk": number(1)}, INVALID)
    pair.pocket("PutItem, not what it was", "PutItem", {"TableName": "items", "Item": key("a", "1"),
                                                        "Expected": {"n": {"Exists": False}}}, INVALID, "Expected")
    for name in ("numbers", "bytes"):
        kind = number if name == "numbers" else lambda n: data(n.encode())
        for value in ("-100", "-2.5", "0", "3", "20", "1E3"):
            pair.both("PutItem into %s: %s" % (name, value), "PutItem",
                      {"TableName": name, "Item": {"pk": text("a"), "sk": kind(value)}})
        pair.both("Query of %s" % name, "Query", {"TableName": name, "KeyConditionExpression": "pk = :p",
                                                  "ExpressionAttributeValues": {":p": text("a")}})
    pair.both("PutItem, hash key alone", "PutItem", {"TableName": "plain", "Item": {"pk": text("x"), "v": number(1)}})
    pair.both("GetItem, hash key alone", "GetItem", {"TableName": "plain", "Key": {"pk": text("x")}})


# Expression, values, does it hold for ALL_TYPES?
CONDITIONS = [
    ("n = :v", number("-12.5"), True), ("n <> :v", number(1), True), ("n < :v", number("-12.4"), True),
    ("n <= :v", number("-12.5"), True), ("n > :v", number(-13), True), ("n >= :v", number(0), False),
    ("s = :v", number(1), False), ("s <> :v", number(1), True), ("gone <> :v", number(1), True),
    ("gone = :v", number(1), False), ("s < :v", text("b"), True), ("b > :v", data(b"\x00"), True),
    ("ss = :v", {"SS": ["y", "x"]}, True), ("#l[0] = :v", number(1), True), ("#m.#i.er = :v", number(3), True),
    ("#l[7] = :v", number(1), False), ("yes = :v", {"BOOL": True}, True), ("nothing = :v", {"NULL": True}, True),
    ("#m.#i = :v", {"M": {"er": number("3.0")}}, True),
    ("n BETWEEN :v AND :w", (number(-20), number(0)), True), ("n between :v and :w", (number(0), number(1)), False),
    ("n IN (:v, :w)", (text("x"), number("-12.5")), True), ("n in (:v)", number(1), False),
    ("attribute_exists(s)", None, True), ("attribute_exists(#m.#i.er)", None, True),
    ("attribute_exists(#l[9])", None, False), ("attribute_not_exists(gone)", None, True),
    ("attribute_not_exists(s)", None, False), ("attribute_type(s, :v)", text("S"), True),
    ("attribute_type(ns, :v)", text("NS"), True), ("attribute_type(s, :v)", text("N"), False),
    ("begins_with(s, :v)", text("a "), True), ("begins_with(s, :v)", text("b"), False),
    ("begins_with(b, :v)", data(b"\x00"), True), ("contains(s, :v)", text("\u6771"), True),
    ("contains(ss, :v)", text("x"), True), ("contains(ss, :v)", text("z"), False),
    ("contains(ns, :v)", number("2.50"), True), ("contains(#l, :v)", text("two"), True),
    ("contains(bs, :v)", data(b"\x00"), True), ("size(ss) = :v", number(2), True), ("size(s) = :v", number(3), True),
    ("size(#m) > :v", number(1), True), ("size(b) = :v", number(2), True), ("size(#l) < :v", number(3), False),
    ("size(blank) = :v", number(0), True),
    ("NOT n = :v", number(1), True), ("NOT (n = :v OR s = :v)", number(1), True),
    ("n = :v AND s = :w OR attribute_exists(s)", (number(1), number(2)), True),
    ("n = :v AND (s = :w OR attribute_exists(s))", (number(1), number(2)), False),
    ("attribute_exists(s) AND NOT attribute_exists(gone) AND n < :v", number(0), True),
    (":v = n", number("-12.5"), True), ("n < size(s)", None, True),
]


def words_of(expression, values):
    names = {"#" + n[0]: n for n in ("list", "map", "in") if "#" + n[0] in expression}
    out = {"ExpressionAttributeNames": names} if names else {}
    if values is not None:
        values = values if isinstance(values, tuple) else (values,)
        out["ExpressionAttributeValues"] = dict(zip((":v", ":w"), values))
    return out


def conditions(pair):
    item = {**key("c", "1"), **ALL_TYPES}
    pair.both("PutItem to be held against", "PutItem", {"TableName": "items", "Item": item})
    for expression, values, holds in CONDITIONS:
        pair.both("if " + expression + " " + json.dumps(values), "PutItem",
                  {"TableName": "items", "Item": item, "ConditionExpression": expression,
                   **words_of(expression, values)}, "" if holds else FAILED)
    refused = [("", None), ("n", None), ("n = ", None), ("n = :v", None), ("n = :v AND", number(1)), ("(n = :v", number(1)),
               ("n = :v)", number(1)), ("#q = :v", number(1)), ("nope(n)", None), ("size(n)", None), ("n == :v", number(1)),
               ("attribute_exists(:v)", number(1)), ("begins_with(s, :v)", number(1)), ("attribute_type(s, :v)", text("X")),
               ("n BETWEEN :v AND :w", (number(2), number(1))), ("name = :v", number(1)), ("n = :v", (number(1), number(2))),
               ("contains(s)", None), ("s = s", None), ("n IN ()", None), ("n ! :v", number(1)), ("not", None)]
    for expression, values in refused:
        pair.both("refused: '%s' %s" % (expression, json.dumps(values)), "PutItem",
                  {"TableName": "items", "Item": item, "ConditionExpression": expression,
                   **words_of(expression, values)}, INVALID)
    pair.both("a condition that fails tells the item", "PutItem",
              {"TableName": "items", "Item": item, "ConditionExpression": "attribute_not_exists(pk)",
               "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}, FAILED)
    pair.both("values without expression", "PutItem",
              {"TableName": "items", "Item": item, "ExpressionAttributeValues": {":v": number(1)}}, INVALID)
    pair.both("names that are not used", "PutItem",
              {"TableName": "items", "Item": item, "ConditionExpression": "attribute_exists(pk)",
               "ExpressionAttributeNames": {"#x": "x"}}, INVALID)
    pair.both("DeleteItem, a condition fails", "DeleteItem", {"TableName": "items", "Key": key("c", "1"),
                                                              "ConditionExpression": "attribute_not_exists(pk)"}, FAILED)
    pair.both("DeleteItem, old values", "DeleteItem", {"TableName": "items", "Key": key("c", "1"),
                                                       "ReturnValues": "ALL_OLD"})
    pair.both("DeleteItem of none", "DeleteItem", {"TableName": "items", "Key": key("c", "1"), "ReturnValues": "ALL_OLD"})


UPDATES = [
    ("SET n = :v", number(1)), ("SET n = n + :v", number("0.1")), ("SET n = :v - n", number("1E3")),
    ("SET a1 = :v, a2 = s", text("x")), ("SET #m.#i.er = :v", number(4)), ("SET #m.more = :v", text("x")),
    ("SET #l[1] = :v", text("2")), ("SET #l[50] = :v", text("end")), ("SET n = if_not_exists(n, :v)", number(9)),
    ("SET q = if_not_exists(q, :v)", number(9)), ("SET q = if_not_exists(q, :v) + :w", (number(9), number(1))),
    ("SET #l = list_append(#l, :v)", {"L": [text("z")]}), ("SET #l = list_append(:v, #l)", {"L": [text("0")]}),
    ("REMOVE s", None), ("REMOVE s, gone, #m.#i", None), ("REMOVE #l[0], #l[1]", None), ("REMOVE #l[9]", None),
    ("ADD n :v", number("2.5")), ("ADD q :v", number(5)), ("ADD ss :v", {"SS": ["y", "z"]}), ("ADD q :v", {"NS": ["1"]}),
    ("DELETE ss :v", {"SS": ["x", "no"]}), ("DELETE ss :v", {"SS": ["x", "y"]}), ("DELETE q :v", {"SS": ["x"]}),
    ("SET n = :v REMOVE s ADD q :w", (number(3), number(2))), ("SET n = n + n", None), ("SET a1 = n, n = :v", number(8)),
    ("set n = :v remove s", number(3)),
]
NO_UPDATES = [
    ("", None), ("SET", None), ("SET n", None), ("SET n = :v", None), ("SET pk = :v", text("x")), ("SET n = :v, n = :v", number(1)),
    ("SET n = :v SET s = :v", number(1)), ("SET n = n + :v", text("x")), ("SET s = s + :v", number(1)),
    ("SET q = q + :v", number(1)), ("SET q = gone", None), ("SET gone.a = :v", number(1)), ("SET s.a = :v", number(1)),
    ("SET #l = list_append(#l, :v)", text("x")), ("ADD s :v", number(1)), ("ADD n :v", text("x")), ("ADD n :v", {"SS": ["a"]}),
    ("DELETE ss :v", text("x")), ("DELETE n :v", {"SS": ["a"]}), ("SET #m = :v, #m.more = :v", number(1)),
    ("SET n = nope(n)", None), ("PUT n = :v", number(1)), ("REMOVE sk", None), ("SET n = :v,", number(1)),
    ("SET name = :v", number(1)), ("SET big = :v", text("x" * 409600)), ("SET n = n + :v", number("1E-100")),
]


def updates(pair):
    def update(step, k, expression, values, code="", **more):
        given = {"UpdateExpression": expression} if expression is not None else {}
        return pair.both(step, "UpdateItem", {"TableName": "items", "Key": k, **given,
                                              **words_of(expression or "", values), **more}, code)

    base = {**key("u", "1"), **ALL_TYPES}
    for i, (expression, values) in enumerate(UPDATES):
        for how in ("ALL_NEW", ("UPDATED_NEW", "UPDATED_OLD", "ALL_OLD", "NONE")[i % 4]):
            pair.both("PutItem to be updated", "PutItem", {"TableName": "items", "Item": base})
            update("%s %s, %s" % (expression, json.dumps(values), how), key("u", "1"), expression, values, ReturnValues=how)
    for expression, values in NO_UPDATES:
        pair.both("PutItem to be updated", "PutItem", {"TableName": "items", "Item": base})
        update("no " + expression + " " + json.dumps(values)[:60], key("u", "1"), expression, values, INVALID)
        kept = pair.pocket("after it", "GetItem", {"TableName": "items", "Key": key("u", "1")})["Item"]
        pair.must("unchanged by " + expression, plain(kept) == plain(base), kept)
    update("UpdateItem makes one", key("u", "new"), "SET a1 = :v", number(1), ReturnValues="ALL_NEW")
    update("UpdateItem makes a bare one", key("u", "bare"), None, None, ReturnValues="ALL_NEW")
    update("UpdateItem, a condition fails", key("u", "new"), "SET a1 = :v", number(2), FAILED,
           ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    update("UpdateItem, wrong ReturnValues", key("u", "new"), "SET a1 = :v", number(2), INVALID, ReturnValues="SOME")


def pages(pair):
    for i in range(12):
        pair.both("PutItem of a list", "PutItem", {"TableName": "items", "Item": {
            **key("q", "%s%02d" % ("ab"[i % 2], i)), "even": {"BOOL": i % 2 == 0}, "n": number(i)}})

    def query(step, expression, values, code="", **more):
        given = {":p": text("q"), **{":" + n: text(v) for n, v in values.items()}, **more.pop("more", {})}
        return pair.both(step, "Query", {"TableName": "items", "KeyConditionExpression": expression,
                                         "ExpressionAttributeValues": given, **more}, code)

    for step, expression, values in (
            ("all", "pk = :p", {}), ("one", "pk = :p AND sk = :s", {"s": "a02"}), ("none", "pk = :p AND sk = :s", {"s": "x"}),
            ("less", "pk = :p AND sk < :s", {"s": "a06"}), ("at most", "pk = :p AND sk <= :s", {"s": "a06"}),
            ("more", "pk = :p AND sk > :s", {"s": "b05"}), ("at least", "sk >= :s AND pk = :p", {"s": "b05"}),
            ("between", "pk = :p AND sk BETWEEN :s AND :t", {"s": "a08", "t": "b03"}),
            ("prefix", "pk = :p and begins_with(sk, :s)", {"s": "b"}), ("in parentheses", "(pk = :p) AND (sk = :s)", {"s": "a02"})):
        for forward in (True, False):
            query("Query " + step + ("" if forward else ", backwards"), expression, values, ScanIndexForward=forward)
            start = {}
            for page in range(5):
                answer = query("Query %s, forward %s, page %d" % (step, forward, page), expression, values, Limit=3,
                               ScanIndexForward=forward, **start)
                if "LastEvaluatedKey" not in answer:
                    break
                start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    query("Query with a filter", "pk = :p", {}, FilterExpression="even = :e AND n > :n",
          more={":e": {"BOOL": True}, ":n": number(3)})
    query("Query with a filter and a limit", "pk = :p", {}, FilterExpression="even = :e", Limit=5, more={":e": {"BOOL": False}})
    query("Query, the count", "pk = :p", {}, Select="COUNT")
    query("Query, projected", "pk = :p", {}, ProjectionExpression="sk, n")
    for step, expression, values, more in (
            ("without hash key", "sk = :p", {}, {}), ("of a range of hash keys", "pk > :p", {}, {}),
            ("of another attribute", "pk = :p AND n = :s", {"s": "a"}, {}), ("OR", "pk = :p OR sk = :s", {"s": "a"}, {}),
            ("not equal", "pk = :p AND sk <> :s", {"s": "a"}, {}), ("a type", "pk = :p AND sk = :s", {}, {"more": {":s": number(1)}}),
            ("a limit of 0", "pk = :p", {}, {"Limit": 0}), ("a filter by key", "pk = :p", {}, {"FilterExpression": "sk = :p"}),
            ("no syntax", "pk = ", {}, {}), ("twice", "pk = :p AND sk > :s AND sk < :s", {"s": "a"}, {}),
            ("a start without sort key", "pk = :p", {}, {"ExclusiveStartKey": {"pk": text("q")}}),
            ("contains", "pk = :p AND contains(sk, :s)", {"s": "a"}, {})):
        query("no Query: " + step, expression, values, INVALID, **more)
    pair.pocket("Query of an index", "Query", {"TableName": "items", "IndexName": "i", "KeyConditionExpression": "pk = :p",
                                               "ExpressionAttributeValues": {":p": text("q")}}, INVALID, "ndex")
    scan(pair)
    large(pair)


def all_of(pair, action, body):
    out, pages_seen = [], 0
    while True:
        answer = pair.sim.ask(action, body)["answer"]
        out += answer["Items"]
        pages_seen += 1
        if "LastEvaluatedKey" not in answer:
            return out, pages_seen
        body = dict(body, ExclusiveStartKey=answer["LastEvaluatedKey"])


def scan(pair):
    """In which order a table is told is nobody's business."""
    # What moto took of what is refused is at these keys.
    strange = {"FilterExpression": "pk <> :p AND pk <> :q", "ExpressionAttributeValues": {":p": text("a"), ":q": text("u")}}
    sides = [side.ask("Scan", {"TableName": "items", **strange})["answer"] for side in (pair.sim, pair.moto)]
    tell = [sorted(json.dumps(plain(i), sort_keys=True) for i in side["Items"]) for side in sides]
    pair.must("Scan of everything", tell[0] == tell[1] and len(tell[0]) == 12 == sides[0]["Count"], tell)
    everything = pair.sim.ask("Scan", {"TableName": "items"})["answer"]
    tell = [sorted(json.dumps(plain(i), sort_keys=True) for i in everything["Items"])]
    pair.must("Scan counts", everything["Count"] == everything["ScannedCount"] == len(tell[0]) > 12, everything["Count"])
    pair.both("Scan, counted by a filter", "Scan", {
        "TableName": "items", "FilterExpression": "attribute_exists(even) AND pk = :p", "Select": "COUNT",
        "ExpressionAttributeValues": {":p": text("q")}})
    by_three, _ = all_of(pair, "Scan", {"TableName": "items", "Limit": 3})
    pair.must("Scan in pages", sorted(json.dumps(plain(i), sort_keys=True) for i in by_three) == tell[0], len(by_three))
    parts = [all_of(pair, "Scan", {"TableName": "items", "TotalSegments": 3, "Segment": i})[0] for i in range(3)]
    pair.must("Scan in segments", sorted(json.dumps(plain(i), sort_keys=True) for p in parts for i in p) == tell[0])


def large(pair):
    for i in range(7):
        pair.both("PutItem of 390 KB", "PutItem", {"TableName": "items", "Item": {**key("big", str(i)), "v": text("x" * 390000)}})
    body = {"TableName": "items", "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": text("big")}}
    found, count = all_of(pair, "Query", body)
    pair.must("pages of 1 MB", [i["sk"]["S"] for i in found] == list("0123456") and 3 <= count <= 4, count)
    for i in range(7):
        pair.both("DeleteItem of 390 KB", "DeleteItem", {"TableName": "items", "Key": key("big", str(i))})


def transactions(pair):
    def write(step, actions, code="", **more):
        return pair.both(step, "TransactWriteItems", {"TransactItems": actions, **more}, code)

    def act(kind, k, **more):
        return {kind: {"TableName": "items", "Item" if kind == "Put" else "Key": k, **more}}

    def same(step):
        for k in ("1", "2", "3"):
            pair.both("%s: item %s" % (step, k), "GetItem", {"TableName": "items", "Key": key("t", k)})

    one = {"UpdateExpression": "ADD version :one", "ExpressionAttributeValues": {":one": number(1)}}
    new, there = {"ConditionExpression": "attribute_not_exists(pk)"}, {"ConditionExpression": "attribute_exists(pk)"}
    write("a transaction of all kinds", [act("Put", {**key("t", "1"), "v": number(1)}, **new),
                                         act("Update", key("t", "2"), **one), act("Delete", key("t", "3")),
                                         act("ConditionCheck", key("t", "4"), **new)])
    same("a transaction of all kinds")
    write("cancelled by a check", [act("Delete", key("t", "1")), act("ConditionCheck", key("t", "4"), **there)], CANCELLED)
    same("cancelled by a check")
    write("cancelled by two", [act("Put", key("t", "1"), **new), act("Update", key("t", "2"), **one),
                               act("Delete", key("t", "3"), **there)], CANCELLED)
    same("cancelled by two")
    write("cancelled, telling the item", [act("Put", key("t", "1"), ReturnValuesOnConditionCheckFailure="ALL_OLD", **new)],
          CANCELLED)
    write("cancelled by what cannot be updated", [act("Put", key("t", "3")), act(
        "Update", key("t", "1"), UpdateExpression="SET v = gone")], CANCELLED)
    same("cancelled by what cannot be updated")
    write("two actions on one item", [act("Delete", key("t", "1")), act("Update", key("t", "1"), **one)], INVALID)
    write("no actions", [], INVALID)
    write("a check without condition", [act("ConditionCheck", key("t", "1"))], INVALID)
    write("101 actions", [act("Delete", key("t", "x%d" % i)) for i in range(101)], INVALID)
    write("100 actions", [act("Delete", key("t", "x%d" % i)) for i in range(100)])
    write("no such table", [{"Delete": {"TableName": "none", "Key": key("t", "1")}}], MISSING)
    write("two kinds in one", [{**act("Delete", key("t", "1")), **act("Put", key("t", "2"))}], INVALID)
    same("after all that is refused")
    tokens(pair, act, one)
    gets = [{"Get": {"TableName": "items", "Key": key("t", k)}} for k in ("1", "none", "2")]
    pair.both("TransactGetItems", "TransactGetItems", {"TransactItems": gets})
    gets[0]["Get"]["ProjectionExpression"] = "v"
    pair.both("TransactGetItems, projected", "TransactGetItems", {"TransactItems": gets})
    pair.both("TransactGetItems of no table", "TransactGetItems",
              {"TransactItems": [{"Get": {"TableName": "none", "Key": key("t", "1")}}]}, MISSING)


def tokens(pair, act, one):
    """moto does not know of them."""
    body = {"TransactItems": [act("Update", key("t", "token"), **one)], "ClientRequestToken": "0123456789"}
    get = {"TableName": "items", "Key": key("t", "token")}
    for _ in range(3):
        pair.pocket("with a token", "TransactWriteItems", body)
    version = pair.pocket("done once", "GetItem", get)["Item"]["version"]
    pair.must("done once", version == number(1), version)
    pair.pocket("a token for something else", "TransactWriteItems",
                dict(body, TransactItems=[act("Delete", key("t", "token"))]), "IdempotentParameterMismatchException")
    pair.pocket("another token", "TransactWriteItems", dict(body, ClientRequestToken="another"))
    version = pair.pocket("done twice", "GetItem", get)["Item"]["version"]
    pair.must("done twice", version == number(2), version)
    pair.pocket("DeleteItem of the token's", "DeleteItem", get)


def batches(pair):
    def write(step, requests, code="", table="items"):
        pair.both(step, "BatchWriteItem", {"RequestItems": {table: requests}}, code)

    def get(step, keys, code="", table="items", **more):
        pair.both(step, "BatchGetItem", {"RequestItems": {table: {"Keys": keys, **more}}}, code)

    keys = [key("batch", "%02d" % i) for i in range(101)]
    puts = [{"PutRequest": {"Item": {**k, "v": number(i)}}} for i, k in enumerate(keys)]
    write("BatchWriteItem", puts[:25])
    write("BatchWriteItem, one more and one less", [{"DeleteRequest": {"Key": keys[0]}}, puts[25]])
    write("BatchWriteItem of 26", puts[:26], INVALID)
    write("BatchWriteItem, one twice", [puts[0], {"DeleteRequest": {"Key": keys[0]}}], INVALID)
    write("BatchWriteItem of no table", puts[:1], MISSING, "none")
    get("BatchGetItem", keys[1:3])
    get("BatchGetItem of one that is gone", keys[:1])
    get("BatchGetItem, projected", keys[7:8], ProjectionExpression="#v, pk, sk", ExpressionAttributeNames={"#v": "v"})
    get("BatchGetItem of 101", keys, INVALID)
    get("BatchGetItem, one twice", keys[:1] * 2, INVALID)
    get("BatchGetItem of no table", keys[:1], MISSING, "none")


def deleted(pair):
    pair.both("DeleteTable", "DeleteTable", {"TableName": "plain"})
    pair.pocket("GetItem of a table that goes", "GetItem", {"TableName": "plain", "Key": {"pk": text("x")}}, MISSING)
    for _ in range(200):
        if pair.sim.ask("DescribeTable", {"TableName": "plain"})["code"] == MISSING:
            break
        time.sleep(0.05)
    pair.both("DescribeTable of a table that is gone", "DescribeTable", {"TableName": "plain"}, MISSING)
    pair.pocket("PartiQL", "ExecuteStatement", {"Statement": "SELECT * FROM items"}, "UnknownOperationException")


def slow(pair):
    """At its own pace a table is CREATING for some seconds."""
    pair.pocket("CreateTable in real time", "CreateTable", new_table("slow"))
    status = pair.pocket("a new table", "DescribeTable", {"TableName": "slow"})["Table"]["TableStatus"]
    pair.must("a new table is CREATING", status == "CREATING", status)
    pair.pocket("PutItem too early", "PutItem", {"TableName": "slow", "Item": key("a", "b")}, MISSING)
    pair.pocket("DeleteTable too early", "DeleteTable", {"TableName": "slow"}, "ResourceInUseException")


def denied(pair):
    """--fault deny=dynamodb:UpdateItem: a transaction has no right of its own, it has those of its actions."""
    pair.sim.ask("CreateTable", new_table("items"))
    active(pair, "items")
    update = {"TableName": "items", "Key": key("a", "b"), "UpdateExpression": "SET a1 = :v",
              "ExpressionAttributeValues": {":v": number(1)}}
    says = "not authorized to perform: dynamodb:UpdateItem"
    pair.pocket("UpdateItem, denied", "UpdateItem", update, "AccessDeniedException", says)
    pair.pocket("a transaction, denied", "TransactWriteItems", {"TransactItems": [{"Update": update}]},
                "AccessDeniedException", says)
    pair.pocket("another transaction", "TransactWriteItems",
                {"TransactItems": [{"Delete": {"TableName": "items", "Key": key("a", "b")}}]})


def toban(pocket, *words, code=0):
    answer = subprocess.run([TOBAN, *words, "--store", "dynamodb://toban?create=yes"], env=pocket.env, text=True,
                            capture_output=True, timeout=120)
    if code is not None and answer.returncode != code:
        sys.exit("toban %s: exit %d: %s%s" % (" ".join(words), answer.returncode, answer.stdout, answer.stderr))
    return answer.stdout


def store():
    """toban's own store on the pocket, with nothing but sim/env: a drain, its plan and its journal."""
    with Pocket(TMP, "--example", "game-platform", "--speed", "600") as pocket:
        # Who only reads makes no table.
        toban(pocket, "journal", "verify", code=1)
        node = min(n["metadata"]["name"] for n in json.loads(pocket.get("/api/v1/nodes"))["items"])
        risks = re.findall(r"\[([a-z-]+:[^]]+)\]", toban(pocket, "nodes", "drain", node, "--dry-run", code=None))
        toban(pocket, "nodes", "drain", node, "--yes", *[word for risk in risks for word in ("--accept", risk)])
        plans = json.loads(toban(pocket, "plan", "list", "-o", "json"))["plans"]
        if [(p["status"], p["title"]) for p in plans] != [("done", "drain node " + node)]:
            sys.exit("the plan of the drain is not in the store: %s" % plans)
        told_of = json.loads(toban(pocket, "journal", "verify", "-o", "json"))
        if told_of["entries"] < 5 or told_of["fault_count"]:
            sys.exit("the journal of the drain is not in the store: %s" % told_of)
        print("a drain with its store on the pocket: %d entries" % told_of["entries"])
def main():
    if not has_moto():
        return
    moto, pocket = Moto(), Pocket(TMP, "--region", "eu-west-1", "--speed", "200")
    try:
        pair = Pair(Side(pocket.env["AWS_ENDPOINT_URL"]), Side(moto.url))
        for part in (tables, items, conditions, updates, pages, transactions, batches, deleted):
            part(pair)
        with Pocket(TMP, "--region", "eu-west-1") as own_pace:
            early = Pair(Side(own_pace.env["AWS_ENDPOINT_URL"]), None)
            slow(early)
        with Pocket(TMP, "--region", "eu-west-1", "--speed", "200", "--fault", "deny=dynamodb:UpdateItem") as strict:
            refusing = Pair(Side(strict.env["AWS_ENDPOINT_URL"]), None)
            denied(refusing)
        pair.found += early.found + refusing.found + ["%s is alike, and DIFFER says it is not" % step for step in set(DIFFER) - used]
        if pair.found:
            sys.exit("\n".join(pair.found))
        print("%d requests; moto differs in %d steps and fails in %d" % (pair.count, len(used), pair.failed))
    finally:
        moto.stop()
        pocket.stop()
    store()


if __name__ == "__main__":
    main()
