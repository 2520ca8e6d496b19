package handlers_test

import "testing"

func TestSettings(t *testing.T) {
	t.Parallel()
	h := console(t, newShop())
	session := signIn(t, h)
	wantRedirect(t, get(h, "/admin/settings", "Cookie", session), "/admin/settings/people")
	doc := document(t, get(h, "/admin/settings/account", "Cookie", session))
	for what, selector := range map[string]string{
		"the section":  `.console-nav a[href="/admin/settings"][aria-current=page]`,
		"the sub-page": `.settings-nav a[href="/admin/settings/account"][aria-current=page]`,
	} {
		if doc.Find(selector).Length() != 1 {
			t.Errorf("%s isn't marked in its navigation", what)
		}
	}
}
