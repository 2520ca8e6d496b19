package browser

import (
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"lianlian-checkout/internal/e2e/program"
)

// TestPeople adds somebody to the desk, who chooses a password, sets up a second factor, signs in with its code, works, and sees nothing
// of the owner's.
func TestPeople(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	owner, staff := open(t, p, desktop), open(t, p, desktop)
	owner.signIn()
	owner.to("/admin/settings/people")
	owner.fill("#name", "mei")
	owner.click(id("role-staff"))
	owner.click(id("person-form") + " button")
	owner.has(id("invite-link"))
	link, err := url.Parse(value[string](owner, "document.querySelector('#invite-link').value"))
	if err != nil {
		t.Fatal(err)
	}

	const password = "correct horse battery"
	staff.to(link.Path)
	staff.fill("#password", password)
	staff.click(id("welcome-form") + " button")
	enter := func(code string) {
		staff.until("at the sign-in form", "location.pathname === '/admin/login'")
		staff.fill("#username", "mei")
		staff.fill("#password", password)
		if code != "" {
			staff.fill("#code", code)
		}
		staff.click(id("login-form") + " button")
		staff.until("signed in", "location.pathname === '/admin'")
	}
	enter("")
	staff.to("/admin/settings/account/second-factor")
	staff.until("the code is drawn", "document.querySelector('.secret-code').naturalWidth > 0")
	secret := value[string](staff, "document.querySelector('"+id("secret")+"').innerText.replaceAll(' ', '')")
	// The code of the step before is taken too: the next one is still unused for the sign-in.
	code := func(ahead time.Duration) string {
		code, err := totp.GenerateCode(secret, time.Now().Add(ahead))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	staff.fill("#code", code(0))
	staff.fill("#current", password)
	staff.click(id("second-factor-form") + " button")
	staff.has(id("recovery-codes"))
	staff.click(id("codes-kept"))
	staff.until("at the account", "location.pathname === '/admin/settings/account'")
	staff.click(id("sign-out"))
	enter(code(30 * time.Second))
	staff.to("/admin/links/new")
	staff.has(id("link-form"))
	staff.allow(`status of 403`)
	for _, path := range []string{"/admin/settings/people", "/admin/settings/keys", "/admin/settings/audit"} {
		staff.to(path)
		if value[bool](staff, "document.querySelector('.settings-nav') !== null") {
			t.Errorf("staff see %s", path)
		}
	}
	owner.to("/admin/settings/audit")
	owner.has(id("audit-row") + `[data-action="second_factor.set"]`)
}
