package views_test

import (
	"slices"
	"strings"
	"testing"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

const orderLink = "https://shop.example/pay/orders/tok"

// TestEmails: what a buyer keeps stands in both bodies, in the order's language, and nothing is asked of a third party.
func TestEmails(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{
		"en": "Receipt for order 7K3M-Q2XD", "zh-Hant": "訂單 7K3M-Q2XD 的收據", "zh-Hans": "订单 7K3M-Q2XD 的收据",
	} {
		p, o := page(lang), order(models.OrderPaid, models.StatusPaid)
		html, text := render(t, views.ReceiptEmail(p, o, orderLink)), views.ReceiptText(p, o, orderLink)
		if got := views.ReceiptSubject(p, o); !strings.Contains(got, want) || !strings.Contains(got, "Tidewater Tea & Clay") || strings.ContainsAny(got, "\r\n") {
			t.Errorf("%s: subject %q", lang, got)
		}
		doc := parse(t, html)
		for name, body := range map[string]string{"HTML": strings.Join(strings.Fields(doc.Find("body").Text()), " "), "text": strings.Join(strings.Fields(text), " ")} {
			for _, part := range []string{
				"7K3M-Q2XD", "HK$646.00", "2 × HK$168.00", "HK$336.00", p.Text("wallet.alipayhk"), p.Text("region.hk"), p.DateTime(o.PaidAt), "hello@shop.example",
				p.Text("layout.simulator"), engraving.Label[lang], "陳", cup.Name[lang], p.Text("mail.open"),
			} {
				if !strings.Contains(body, part) {
					t.Errorf("%s, %s: no %q", lang, name, part)
				}
			}
			if strings.Contains(body, "[[") || strings.Contains(body, "{{") {
				t.Errorf("%s, %s: a text is missing: %s", lang, name, body)
			}
		}
		if !strings.Contains(text, "\n"+orderLink+"\n") || doc.Find(`a[href="`+orderLink+`"]`).Length() != 1 {
			t.Errorf("%s: the link is missing", lang)
		}
		if n := doc.Find("img, script, link, style, form, iframe, [src], [background]").Length(); n != 0 || strings.Contains(html, "url(") {
			t.Errorf("%s: %d elements ask for something from outside", lang, n)
		}
		if got := views.LinkText(p, o, orderLink); !strings.Contains(got, "\n"+orderLink+"\n") || strings.Contains(got, "[[") {
			t.Errorf("%s: the link's e-mail says %q", lang, got)
		}
		if parse(t, render(t, views.LinkEmail(p, o, orderLink))).Find(`a[href="`+orderLink+`"]`).Length() != 1 {
			t.Errorf("%s: the link's e-mail has no link", lang)
		}
	}
}

func TestEmailsEscape(t *testing.T) {
	t.Parallel()
	const evil = "</td><script>alert(1)</script>\r\nBcc: evil@example.org\n\n<b>x</b>"
	p, o := page("en"), order(models.OrderPaid, models.StatusPaid)
	o.Lines = slices.Clone(o.Lines)
	o.Lines[0].Name, o.Customer.Extra = models.Text{"en": evil}, &models.Extra{Label: models.Text{"en": evil}, Value: evil}
	html := render(t, views.ReceiptEmail(p, o, orderLink))
	if parse(t, html).Find("script, b").Length() != 0 {
		t.Error("typed text became markup")
	}
	for line := range strings.Lines(views.ReceiptText(p, o, orderLink)) {
		if strings.HasPrefix(line, "Bcc:") || strings.HasPrefix(line, "<b>") {
			t.Errorf("typed text began a line: %q", line)
		}
	}
	if strings.Contains(views.ReceiptSubject(p, o), "evil") {
		t.Error("typed text is in the subject")
	}
}
