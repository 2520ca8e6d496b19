"""Walks a running shop as an operator and writes one request file for each form and each page with parameters, for sqlmap -r.

usage: requests.py SHOP FOLDER COOKIE APIKEY [PATH...]    (further pages to begin with)
"""
import datetime
import html.parser
import http.client
import json
import pathlib
import re
import sys
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

shop, folder, cookie, key, *begin = sys.argv[1:]
host = urlsplit(shop).netloc
# What an address names is no parameter: one order's page stands for all.
IDENTIFIER = re.compile(r"/(\d+|[A-Za-z0-9_-]{20,})(?=/|$)")
# What fields want, by name and by type: a form that is refused for its e-mail address never comes near the database.
NAMED = {"email": "chan@example.com", "full_name": "Chan Tai Man", "phone": "91234567", "number": "A5KR-NWHB", "amount": "100.00"}
TYPED = {"email": "chan@example.com", "date": datetime.date.today().isoformat(), "tel": "91234567", "url": "https://example.com/"}


class Page(html.parser.HTMLParser):
    """Page collects links and forms with their fields."""

    def __init__(self):
        super().__init__()
        self.links, self.forms, self.form, self.select = [], [], None, None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "a" and a.get("href"):
            self.links.append(a["href"])
        elif tag == "form":
            self.form = (a.get("method", "get").upper(), a.get("action", ""), {}, a.get("enctype", ""))
            self.forms.append(self.form)
        elif self.form and a.get("name"):
            if tag in ("input", "button") and a.get("type") != "file":
                if a.get("type") not in ("checkbox", "radio") or "checked" in a:
                    self.form[2][a["name"]] = a.get("value") or NAMED.get(a["name"]) or TYPED.get(a.get("type")) or "1"
            elif tag == "textarea":
                self.form[2][a["name"]] = "text"
            elif tag == "select":
                self.select = a["name"]
                self.form[2][self.select] = "1"
        elif tag == "option" and self.form and self.select and ("selected" in a or self.form[2][self.select] in ("", "1")):
            self.form[2][self.select] = a.get("value", "1")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None


def ask(path, method="GET", form=None):
    connection = http.client.HTTPConnection(host, timeout=20)
    headers = {"Cookie": cookie}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, urlencode(form) if form is not None else None, headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body.decode("utf-8", "replace")


requests = {}


def keep(method, path, fields, extra=""):
    shape = (method, IDENTIFIER.sub("/*", path), tuple(sorted(fields)))
    if fields and shape not in requests and "logout" not in path:
        requests[shape] = (path, fields, extra)


# Something in the cart, or the form that buyers fill in never shows.
answer, _ = ask("/cart/items", "POST", {"action": "add", "sku": "TEA-JASMINE-100", "quantity": "1", "next": "/"})
cookie = "; ".join([cookie, *(one.split(";")[0] for one in answer.headers.get_all("Set-Cookie", []))])

seen, todo = set(), ["/", "/admin", "/find", "/checkout", "/cart", "/embed/checkout?items=TEA-JASMINE-100:1", "/simulator/", *begin]
while todo and len(seen) < 400:
    path = todo.pop(0)
    shape = IDENTIFIER.sub("/*", path)
    if shape in seen or "logout" in path:
        continue
    seen.add(shape)
    answer, body = ask(path)
    if answer.status in (301, 302, 303, 307):
        target = urlsplit(urljoin(shop + path, answer.getheader("Location", "")))
        if target.netloc == host:
            todo.append(target.path + ("?" + target.query if target.query else ""))
        continue
    if "html" not in answer.getheader("Content-Type", ""):
        continue
    page = Page()
    page.feed(body)
    for link in page.links:
        target = urlsplit(urljoin(shop + path, link))
        if target.netloc == host:
            todo.append(target.path + ("?" + target.query if target.query else ""))
            keep("GET", target.path, dict(parse_qsl(target.query)))
    for method, action, fields, kind in page.forms:
        target = urlsplit(urljoin(shop + path, action or path))
        if target.netloc == host and "multipart" not in kind:
            keep(method, target.path, {**dict(parse_qsl(target.query)), **fields})

bearer = f"Authorization: Bearer {key}\r\n"
keep("GET", "/api/v1/orders", {"status": "paid", "cursor": "1", "limit": "5"}, bearer)
keep("GET", "/api/v1/links", {"cursor": "1", "limit": "5"}, bearer)
keep("POST", "/admin/login", {"username": "owner", "password": "wrong", "next": "/admin"})
keep("GET", "/lianlian/return", {"merchant_transaction_id": "1", "ll_transaction_id": "1", "sign": "x"})

# The API's bodies are JSON.
buyer = {"full_name": "Chan Tai Man", "email": "chan@example.com"}
bodies = {
    "/api/v1/sessions": {"items": [{"sku": "TEA-JASMINE-100", "quantity": 1}], "reference": "r1", "customer": buyer, "payment_processor": "alipayhk"},
    "/api/v1/links": {"title": {"en": "Deposit"}, "amount": "100.00", "expires": "2099-01-01"},
}
for path, body in bodies.items():
    requests["POST", path, ("JSON",)] = (path, body, bearer)

# One request with all parameters of a page shows as much as one for each of its links. The simulator has no database.
for shape in sorted(requests, key=lambda shape: -len(shape[2])):
    method, page, _ = shape
    path, fields, extra = requests.pop(shape)
    first = next((kept for kept in requests if kept[:2] == (method, page)), None) if method == "GET" else None
    if first:
        requests[first] = (requests[first][0], {**fields, **requests[first][1]}, extra)
    elif not page.startswith("/simulator/"):
        requests[shape] = (path, fields, extra)

# The desk comes last: it hides what buyers' requests are about.
for i, ((method, _, names), (path, fields, extra)) in enumerate(sorted(requests.items(), key=lambda one: ("/admin" in one[0][1], one[0]))):
    query, kind = urlencode(fields), "application/x-www-form-urlencoded"
    if names == ("JSON",):
        query, kind = json.dumps(fields), "application/json"
    head = f"{method} {path}{'?' + query if method == 'GET' else ''} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n{extra}"
    if method == "POST":
        head += f"Content-Type: {kind}\r\nContent-Length: {len(query)}\r\n\r\n{query}"
    else:
        head += "\r\n"
    pathlib.Path(folder, f"{i:03}.txt").write_bytes(head.encode())
print(f"{len(seen)} pages, {len(requests)} requests with parameters")
