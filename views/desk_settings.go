package views

import "lianlian-checkout/models"

// settingsSections are the pages of the desk's settings, in order. A new one takes a line here, a text by its key, and draws itself
// inside settingsPage.
var settingsSections = []section{
	{"settings.people", "/admin/settings/people", models.RoleOwner},
	{"settings.keys", "/admin/settings/keys", models.RoleOwner},
	{"settings.audit", "/admin/settings/audit", models.RoleOwner},
	{"branding.title", "/admin/settings/branding", models.RoleOwner},
	{"check.title", "/admin/settings/check", models.RoleOwner},
	{"sign.title", "/admin/settings/sign", models.RoleOwner},
	{"settings.account", "/admin/settings/account", models.RoleReader},
}

// settings are those that the operator sees.
func (p Page) settings() []chip { return p.seen(settingsSections) }

// FirstSetting is the path of the first page of the settings that the role sees.
func FirstSetting(r models.Role) string {
	for _, s := range settingsSections {
		if r.Can(s.role) {
			return s.url
		}
	}
	return "/admin"
}
