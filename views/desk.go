package views

import (
	"strings"

	"lianlian-checkout/models"
)

// section is one of the desk's, with the least role that sees it.
type section struct {
	key, url string
	role     models.Role
}

// sections are the desk's, in the order of the navigation.
var sections = []section{
	{"today.title", "/admin", models.RoleReader},
	{"admin.orders", "/admin/orders", models.RoleReader},
	{"attention.nav", "/admin/payments/attention", models.RoleReader},
	{"products.title", "/admin/products", models.RoleReader},
	{"links.title", "/admin/links", models.RoleReader},
	{"charge.title", "/admin/charge", models.RoleStaff},
	{"reports.title", "/admin/reports", models.RoleReader},
	{"webhooks.title", "/admin/webhooks", models.RoleReader},
	{"settings.title", "/admin/settings", models.RoleReader},
}

// sections are those that the operator sees.
func (p Page) sections() []chip { return p.seen(sections) }

// seen are the sections that the operator may see, as links.
func (p Page) seen(all []section) []chip {
	var list []chip
	for _, s := range all {
		if p.Role.Can(s.role) {
			list = append(list, chip{p.Text(s.key), p.URL(s.url), p.Path == s.url || s.url != "/admin" && strings.HasPrefix(p.Path, s.url+"/")})
		}
	}
	return list
}
