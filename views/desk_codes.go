package views

import (
	"strings"

	"github.com/a-h/templ"

	"lianlian-checkout/models"
)

// CodesView is the page of the gateway's codes.
type CodesView struct {
	Codes []models.GatewayCode
	Query string // part of a code or of its texts; empty shows all
}

// AttentionView is what needs attention.
type AttentionView struct {
	List   models.AttentionList
	Notice string // a Notice by name
}

func (v AttentionView) empty() bool {
	l := v.List
	return len(l.Orders)+len(l.Refunds)+len(l.Endpoints)+len(l.Mails) == 0
}

// of are the codes of a kind that match what is searched for, in the page's language.
func (v CodesView) of(p Page, kind models.CodeKind) (found []models.GatewayCode) {
	q := strings.ToLower(strings.TrimSpace(v.Query))
	for _, c := range v.Codes {
		if c.Kind != kind {
			continue
		}
		text := strings.Join([]string{c.Code, c.Message, p.stateName(c.Code), p.codeText(kind, c.Code, "buyer"), p.codeText(kind, c.Code, "merchant"), p.codeText(kind, c.Code, "engineer")}, "\n")
		if strings.Contains(strings.ToLower(text), q) {
			found = append(found, c)
		}
	}
	return found
}

func (v CodesView) none(p Page) bool {
	for _, kind := range models.CodeKinds {
		if len(v.of(p, kind)) > 0 {
			return false
		}
	}
	return true
}

// explained tells whether there are words for the code.
func (p Page) explained(kind models.CodeKind, code string) bool {
	return p.has(codeKey(kind, code, "merchant"))
}

func codeKey(kind models.CodeKind, code, reader string) string {
	return "code." + string(kind) + "." + code + "." + reader
}

// codeText is a code in the words of the buyer, the merchant or the engineer. What the buyer reads of a refusal is what the order's page says.
func (p Page) codeText(kind models.CodeKind, code, reader string) string {
	if reader == "buyer" && kind != models.CodeStatus {
		d := models.DeclinedError{ReturnCode: code}
		if kind == models.CodeDecline {
			d = models.DeclinedError{DeclineCode: code}
		}
		group := refusal(d)
		return p.Text("declined."+group+".why") + p.wordGap() + p.Text("declined."+group+".next")
	}
	if key := codeKey(kind, code, reader); p.has(key) {
		return p.Text(key)
	}
	return ""
}

// ExplainCode is a code in the words of the reader ("buyer", "merchant" or "engineer"), empty where there are none.
func ExplainCode(lang string, kind models.CodeKind, code, reader string) string {
	return Page{Lang: lang}.codeText(kind, code, reader)
}

func codeURL(p Page, code string) templ.SafeURL {
	return templ.SafeURL(p.URL("/admin/codes") + "#" + code)
}
