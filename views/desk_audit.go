package views

import (
	"net/url"
	"slices"
	"strings"

	"lianlian-checkout/models"
)

// auditKey begins the text keys of what can be done at the desk.
const auditKey = "audit."

// Actions are all that can be done at the desk, by name: those that have words.
func Actions() []string {
	var list []string
	for key := range catalogue()["en"] {
		if action, ok := strings.CutPrefix(key, auditKey); ok {
			list = append(list, action)
		}
	}
	slices.Sort(list)
	return list
}

// action is what was done, in words. One that an older or newer program wrote stands as it is.
func (p Page) action(name string) string {
	if p.has(auditKey + name) {
		return p.Text(auditKey + name)
	}
	return name
}

func (p Page) actionOptions() []option {
	var list []option
	for _, a := range Actions() {
		list = append(list, option{value: a, label: p.Text(auditKey + a)})
	}
	return list
}

func nameOptions(names []string) []option {
	var list []option
	for _, n := range names {
		list = append(list, option{value: n, label: n})
	}
	return list
}

// object is what something was done to; a role is said in words.
func (p Page) object(e models.AuditEntry) string {
	name, role, found := strings.Cut(e.Object, " · ")
	if !found || !slices.Contains(models.Roles, models.Role(role)) {
		return e.Object
	}
	return name + " · " + p.Text("role."+role)
}

// objectURL is the page of what something was done to, or "".
func (p Page) objectURL(e models.AuditEntry) string {
	kind, _, _ := strings.Cut(e.Action, ".")
	digits := e.Object != "" && strings.Trim(e.Object, "0123456789") == ""
	switch {
	case kind == "link" && digits:
		return p.URL("/admin/links/" + e.Object)
	case kind == "webhook" && digits:
		return p.URL("/admin/webhooks/" + e.Object)
	case kind == "order" && digits:
		return p.URL("/admin/orders/" + e.Object)
	case kind == "order" && e.Object != "":
		return p.URL("/admin/orders?q=" + url.QueryEscape(e.Object))
	}
	return ""
}

// url is the list's with the same filters.
func (v AuditView) url(p Page, cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{"who": v.Filter.Name, "action": v.Filter.Action, "cursor": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	path := p.URL("/admin/settings/audit")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}
