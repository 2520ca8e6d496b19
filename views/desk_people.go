package views

import (
	"slices"
	"strings"

	"lianlian-checkout/models"
)

// AccountView is the operator's own account. The configured operator is the zero User.
type AccountView struct {
	User     models.User
	Sessions []models.DeskSession
	This     string // the digest of the session that asks
	Field    string // that is wrong, and how
	Problem  string
	Notice   string // a Notice by name
}

// SecondFactorView is a second factor that is being set up.
type SecondFactorView struct {
	Secret         string // base32
	Owed           bool   // it has to be, before anything else
	Field, Problem string
}

// PeopleView is who may sign in, and the form for one more.
type PeopleView struct {
	Users      []models.User
	Configured string // the name in the configuration; empty for none
	Name       string // as typed
	Role       models.Role
	Problem    string
}

// InvitationView is the link for somebody to set a password.
type InvitationView struct {
	User models.User
	Link string
}

// PersonView is one person.
type PersonView struct {
	User     models.User
	Sessions []models.DeskSession
	This     string
	Own      bool   // it is the operator's own account
	Notice   string // a Notice by name
}

// WelcomeView is where somebody new sets a password.
type WelcomeView struct {
	User    models.User
	Token   string
	Problem string
	Gone    bool // the link works no more
}

// KeysView is the API keys, and the form for one more.
type KeysView struct {
	Keys       []models.APIKey
	Configured []string // the digests of those in the configuration
	Name       string   // as typed
	Problem    string
	Notice     string // a Notice by name
}

// AuditView is a page of what was done at the desk.
type AuditView struct {
	List   models.AuditList
	Filter models.AuditFilter
	Names  []string // to choose from
}

// ruleWords is what is wrong with a field, in words; "" is nothing.
func (p Page) ruleWords(rule string) string {
	if rule == "" {
		return ""
	}
	return p.Text("people.error." + rule)
}

// in is the problem where it belongs to the field.
func in(field, here, problem string) string {
	if field == here {
		return problem
	}
	return ""
}

// passwordField is one for a password: which is "current-password" or "new-password".
func (p Page) passwordField(name, label, which, rule string) field {
	hint := ""
	if which == "new-password" {
		hint = p.Text("people.password_hint")
	}
	return field{name: name, label: p.Text(label), hint: hint, kind: "password", autocomplete: which, required: true, problem: p.ruleWords(rule)}
}

// fingerprint is how a key is told from others: the first digits of its SHA-256.
func fingerprint(hash string) string { return hash[:min(len(hash), 8)] }

// inFours is a secret as people copy it by hand.
func inFours(secret string) string {
	var parts []string
	for part := range slices.Chunk([]byte(secret), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}

func personURL(p Page, u models.User) string { return p.URL("/admin/settings/people/" + number(u.ID)) }

// userTone is the class of an order's status that looks the same.
func userTone(s models.UserState) string {
	switch s {
	case models.UserActive:
		return "status-paid"
	case models.UserInvited:
		return "status-pending"
	case models.UserExpired:
		return "status-failed"
	case models.UserDisabled:
	}
	return ""
}

func (p Page) yesNo(yes bool) string {
	if yes {
		return p.Text("people.yes")
	}
	return p.Text("people.no")
}

// orDash is a moment, or a dash for none.
func orDash(text string) string { return firstOf(text, "–") }

func onOff(on bool) string {
	if on {
		return "people.on"
	}
	return "people.off"
}

// endAll is the text key of the button that ends one's other sessions, or all of somebody's.
func endAll(own bool) string {
	if own {
		return "people.end_others"
	}
	return "people.end_all"
}

func codeProblem(p Page, v SecondFactorView) string {
	if v.Field != "code" {
		return ""
	}
	return p.Text("people.error.code")
}

func personFacts(p Page, u models.User) []fact {
	return filled([]fact{
		{p.Text("settings.role"), p.Text("role." + string(u.Role)), false},
		{p.Text("people.second_factor"), p.yesNo(u.SecondFactor()), false},
		{p.Text("people.made"), p.moment(u.CreatedAt), false},
		{p.Text("people.signed_in"), p.moment(u.SignedInAt), false},
		{p.Text("people.link_until"), p.moment(u.Invited), false},
	})
}

// keyProblem is what is wrong with an API key's name.
func (p Page) keyProblem(rule string) string {
	switch rule {
	case "taken":
		return p.Text("keys.error.taken")
	case "format":
		return p.Text("keys.error.format")
	}
	return p.ruleWords(rule)
}
