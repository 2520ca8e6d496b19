package views_test

import (
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/views"

	"github.com/a-h/templ"
)

var (
	mei = models.User{ID: 3, Name: "mei@shop.example", Role: models.RoleStaff, PasswordHash: "x", TOTPSecret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Codes: 9,
		CreatedAt: now.Add(-240 * time.Hour), SignedInAt: now.Add(-time.Hour)}
	people = []models.User{
		mei, {ID: 4, Name: "美玲", Role: models.RoleOwner, Invited: now.Add(time.Hour), CreatedAt: now},
		{ID: 5, Name: "ken", Role: models.RoleReader, CreatedAt: now}, {ID: 6, Name: "gone", Role: models.RoleReader, Disabled: true, PasswordHash: "x"},
	}
	deskSessions = []models.DeskSession{
		{ID: 1, Token: "this", Network: "203.0.113.0/24", Browser: "Firefox, Windows", CreatedAt: now, SeenAt: now},
		{ID: 2, Token: "other", Network: "2001:db8::/48", CreatedAt: now, SeenAt: now},
	}
)

// settingsSamples are the pages of the desk's settings, each as somebody who may see it.
func settingsSamples() []sample {
	as := func(role models.Role, path string, draw func(p views.Page) templ.Component) func(p views.Page) templ.Component {
		return func(p views.Page) templ.Component {
			p.Admin, p.Role, p.Path = "mei", role, path
			return draw(p)
		}
	}
	owner := func(path string, draw func(p views.Page) templ.Component) func(p views.Page) templ.Component {
		return as(models.RoleOwner, "/admin/settings/"+path, draw)
	}
	reader := func(draw func(p views.Page) templ.Component) func(p views.Page) templ.Component {
		return as(models.RoleReader, "/admin/settings/account", draw)
	}
	return []sample{
		{"desk_account", reader(func(p views.Page) templ.Component {
			return views.Account(p, views.AccountView{User: mei, Sessions: deskSessions, This: "this", Field: "codes_current", Problem: "wrong", Notice: "password_changed"})
		})},
		{"desk_account_plain", reader(func(p views.Page) templ.Component {
			return views.Account(p, views.AccountView{User: people[3], Field: "password", Problem: "short"})
		})},
		{"desk_account_configured", reader(func(p views.Page) templ.Component { return views.Account(p, views.AccountView{Sessions: deskSessions}) })},
		{"desk_second_factor", reader(func(p views.Page) templ.Component {
			return views.SecondFactor(p, views.SecondFactorView{Secret: mei.TOTPSecret, Owed: true, Field: "code", Problem: "wrong"})
		})},
		{"desk_recovery_codes", reader(func(p views.Page) templ.Component {
			return views.RecoveryCodes(p, []string{"abcd-efgh-ijkl-mnop", "qrst-uvwx-yz23-4567"})
		})},
		{"desk_people", owner("people", func(p views.Page) templ.Component {
			return views.People(p, views.PeopleView{Users: people, Configured: "root", Name: "mei", Problem: "taken"})
		})},
		{"desk_people_none", owner("people", func(p views.Page) templ.Component { return views.People(p, views.PeopleView{}) })},
		{"desk_invitation", owner("people", func(p views.Page) templ.Component {
			return views.Invitation(p, views.InvitationView{User: people[1], Link: "https://shop.example/admin/welcome/t0ken"})
		})},
		{"desk_person", owner("people/3", func(p views.Page) templ.Component {
			return views.Person(p, views.PersonView{User: mei, Sessions: deskSessions, Notice: "last_owner"})
		})},
		{"desk_person_own", owner("people/4", func(p views.Page) templ.Component {
			return views.Person(p, views.PersonView{User: people[1], Own: true})
		})},
		{"desk_person_disabled", owner("people/6", func(p views.Page) templ.Component { return views.Person(p, views.PersonView{User: people[3]}) })},
		{"desk_welcome", func(p views.Page) templ.Component {
			return views.Welcome(p, views.WelcomeView{User: mei, Token: "t0ken", Problem: "easy"})
		}},
		{"desk_welcome_gone", func(p views.Page) templ.Component { return views.Welcome(p, views.WelcomeView{Gone: true}) }},
		{"desk_keys", owner("keys", func(p views.Page) templ.Component {
			return views.APIKeys(p, views.KeysView{Configured: []string{"0123456789abcdef"}, Name: "x", Problem: "taken", Notice: "key_revoked", Keys: []models.APIKey{
				{ID: 1, Name: "booking site", Hash: "fedcba9876543210", CreatedAt: now, UsedAt: now}, {ID: 2, Name: "old", Hash: "00", CreatedAt: now, RevokedAt: now},
			}})
		})},
		{"desk_keys_none", owner("keys", func(p views.Page) templ.Component { return views.APIKeys(p, views.KeysView{Problem: "format"}) })},
		{"desk_new_key", owner("keys", func(p views.Page) templ.Component { return views.NewKey(p, "booking site", "sk_0123456789") })},
		{"desk_audit", owner("audit", func(p views.Page) templ.Component {
			return views.Audit(p, views.AuditView{Names: []string{"root", "mei"}, Filter: models.AuditFilter{Name: "mei", Action: "order.checked", Cursor: "9"}, List: models.AuditList{Next: "1", Entries: []models.AuditEntry{
				{ID: 4, At: now, Name: "mei", Action: "order.checked", Object: "7", Network: "203.0.113.0/24"},
				{ID: 3, At: now, Action: "session.refused"}, {ID: 2, At: now, Name: "mei", Action: "order.checked", Object: "7K3M-Q2XD"}, {ID: 1, At: now, Name: "mei", Action: "something.newer", Object: "x"},
			}}})
		})},
		{"desk_audit_none", owner("audit", func(p views.Page) templ.Component { return views.Audit(p, views.AuditView{}) })},
	}
}
