package checkout_test

import (
	"testing"

	"lianlian-checkout/checkout"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// Every code of the gateway has words for the buyer, the merchant and the engineer, in each language, and no two say the same.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	codes := (&checkout.Checkout{}).GatewayCodes()
	if want := len(lianlian.PaymentStatuses()) + 30 + 18; len(codes) != want {
		t.Errorf("%d codes, want %d", len(codes), want)
	}
	for _, c := range codes {
		for _, reader := range []string{"buyer", "merchant", "engineer"} {
			said := map[string]string{}
			for _, lang := range views.Languages {
				text := views.ExplainCode(lang, c.Kind, c.Code, reader)
				if len(text) < 12 {
					t.Errorf("%s %s to the %s in %s: %q", c.Kind, c.Code, reader, lang, text)
				}
				if text == said["en"] {
					t.Errorf("%s %s to the %s in %s isn't translated", c.Kind, c.Code, reader, lang)
				}
				said[lang] = text
			}
		}
	}
	for _, s := range models.Statuses {
		if views.ExplainCode("en", models.CodeStatus, string(s), "merchant") == "" {
			t.Errorf("%s isn't explained", s)
		}
	}
	if got := views.ExplainCode("en", models.CodeReturn, "<b>", "merchant"); got != "" {
		t.Errorf("a code that isn't the guide's is explained: %q", got)
	}
}
