package e2e

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/internal/mailer/mailtest"
)

// TestEmails goes the whole way with a mail server: a paid order's receipt in the buyer's language, the lost order's link
// for who knows both, nothing for who doesn't, and no address in the log. The password comes from a file.
func TestEmails(t *testing.T) {
	t.Parallel()
	server := (&mailtest.Server{Auth: true}).Start(t)
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(mailtest.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "CHECKOUT_MAIL_HOST=127.0.0.1", "CHECKOUT_MAIL_PORT="+strconv.Itoa(server.Port()), "CHECKOUT_MAIL_TLS=none", "CHECKOUT_MAIL_FROM=shop@tea.example",
		"CHECKOUT_MAIL_USERNAME="+mailtest.Username, "CHECKOUT_MAIL_PASSWORD_FILE="+secret)
	b := newBrowser(t, p, desktop)
	b.get("/language?lang=zh-Hant&next=/")
	order := b.buy("alipayhk")
	if order.Status != http.StatusSeeOther {
		t.Fatalf("the form was answered with %d", order.Status)
	}
	to := b.post(order.Location+"/pay", nil)
	b.payAt(to.Location, "pay")
	eventually(t, "the receipt is there", func() bool { return len(server.Emails()) == 1 })
	number := p.query(t, "SELECT number FROM orders")
	receipt := server.Emails()[0]
	subject, err := new(mime.WordDecoder).DecodeHeader(receipt.Header.Get("Subject"))
	if err != nil || !strings.Contains(subject, "訂單 "+number+" 的收據") || strings.Join(receipt.To, " ") != "chan@example.com" {
		t.Errorf("receipt %q to %v, %v", subject, receipt.To, err)
	}
	for kind, body := range bodies(t, receipt) {
		for _, want := range []string{number, "HK$200.00", order.Location, "AlipayHK", "hello@shop.example"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s doesn't say %q:\n%s", kind, want, body)
			}
		}
	}

	stranger := newBrowser(t, p, desktop)
	for _, pair := range [][2]string{{number, "somebody@example.org"}, {"2222-2222", "chan@example.com"}, {strings.ToLower(number), "CHAN@example.com"}} {
		action, form := stranger.get("/find").form(`[data-testid="find-form"]`, "number", pair[0], "email", pair[1])
		if got := stranger.post(action, form); got.Status != http.StatusSeeOther || !strings.HasSuffix(got.Location, "/find?sent=1") || got.Body != "" {
			t.Errorf("%v: %d to %q", pair, got.Status, got.Location)
		}
	}
	eventually(t, "the link is there", func() bool { return len(server.Emails()) == 2 })
	link := server.Emails()[1]
	if text := bodies(t, link)["text/plain"]; !strings.Contains(text, order.Location) || strings.Join(link.To, " ") != "chan@example.com" {
		t.Errorf("link to %v: %s", link.To, text)
	}
	eventually(t, "both are noted", func() bool { return p.query(t, "SELECT COUNT(*) FROM mails WHERE sent_at > 0 AND next_at = 0") == "2" })
	for _, private := range []string{"chan@example.com", "somebody@", mailtest.Password} {
		if strings.Contains(strings.ToLower(p.Log()), strings.ToLower(private)) {
			t.Errorf("the log holds %q", private)
		}
	}
	if got := p.query(t, "SELECT COUNT(*) FROM mails"); got != "2" {
		t.Errorf("%s e-mails, want 2", got)
	}
}

// bodies are an e-mail's parts by their type.
func bodies(t *testing.T, l mailtest.Email) map[string]string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(l.Raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for reader := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if err != nil {
			break
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = string(text)
	}
	if len(parts) != 2 {
		t.Fatalf("the e-mail has %d parts", len(parts))
	}
	return parts
}
