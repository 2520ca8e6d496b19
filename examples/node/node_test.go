// Package node tests the server beside it, where Node is installed.
package node

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/walk"
	"lianlian-checkout/lianlian/simulator"
)

const (
	key    = "example-key-of-at-least-32-characters"
	secret = "c2VjcmV0IG9mIHRoZSBleGFtcGxlLCAyNCBieXRlcyE="
)

// TestExample: the buyer is sent to the session's page at the checkout, pays, and the server hears of it by a webhook; only a signed message
// makes an order paid, once.
func TestExample(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node isn't installed: skipped")
	}
	shop := httptest.NewUnstartedServer(nil)
	base, err := url.Parse("http://" + shop.Listener.Addr().String() + "/pay")
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "server.js")
	node.Env = append(node.Environ(), "PORT=0", "CHECKOUT="+base.String(), "API_KEY="+key, "WEBHOOK_SECRET=whsec_"+secret)
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.Process.Kill(); _ = node.Wait() }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	folder := t.TempDir()
	gateway, client, err := simulator.Demo(folder, base.JoinPath("simulator").String())
	if err != nil {
		t.Fatal(err)
	}
	defer gateway.Close()
	pay, err := checkout.New(t.Context(), checkout.Options{
		Client: client, Simulator: gateway, BaseURL: base, Database: folder + "/checkout.db", APIKeys: []string{key},
		Webhooks: []checkout.Endpoint{{URL: address + "/webhooks", Secret: "whsec_" + secret}}, AllowPrivateWebhooks: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer pay.Close()
	go pay.Run(t.Context())
	shop.Config.Handler = pay.Handler()
	shop.Start()
	defer shop.Close()

	buyer := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 30 * time.Second}
	bought, err := buyer.Post(address+"/buy", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	bought.Body.Close()
	page := bought.Header.Get("Location")
	if bought.StatusCode != http.StatusSeeOther || !strings.HasPrefix(page, base.String()+"/orders/") {
		t.Fatalf("POST /buy: %d %q, want the session's page", bought.StatusCode, page)
	}
	computer := walk.New(t, base.String(), walk.Desktop)
	hosted := computer.Get(page)
	if hosted.Status != http.StatusOK || !strings.Contains(hosted.Body, "168.00") {
		t.Errorf("the session's page: %d", hosted.Status)
	}
	action, form := computer.Form(hosted, `[data-testid="choose-form"]`, "full_name", "Chan Tai Man", "email", "chan@example.com", "payment_processor", "alipayhk")
	walk.Pay(t, computer, computer.Follow(computer.Post(action, form)))
	home := func() string {
		t.Helper()
		page, err := buyer.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer page.Body.Close()
		text, _ := io.ReadAll(page.Body)
		return string(text)
	}
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(home(), "Paid: 1"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server never heard of the payment")
		}
	}

	raw, _ := base64.StdEncoding.DecodeString(secret)
	const body = `{"type":"order.paid","timestamp":"2026-11-25T08:00:00Z","data":{"id":"1","reference":"theirs","status":"paid"}}`
	for _, tt := range []struct {
		name, id, sent string
		at             time.Time
		status         int
		paid           string
	}{
		{"another body", "msg_1", strings.Replace(body, "theirs", "forged", 1), time.Now(), http.StatusUnauthorized, "Paid: 1"},
		{"an old one", "msg_1", body, time.Now().Add(-time.Hour), http.StatusUnauthorized, "Paid: 1"},
		{"signed", "msg_1", body, time.Now(), http.StatusNoContent, "Paid: 2"},
		{"again", "msg_1", body, time.Now(), http.StatusNoContent, "Paid: 2"},
	} {
		at := fmt.Sprint(tt.at.Unix())
		mac := hmac.New(sha256.New, raw)
		mac.Write([]byte(tt.id + "." + at + "." + body))
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/webhooks", strings.NewReader(tt.sent))
		req.Header.Set("webhook-id", tt.id)
		req.Header.Set("webhook-timestamp", at)
		req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		resp, err := buyer.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if text := home(); resp.StatusCode != tt.status || !strings.Contains(text, tt.paid) {
			t.Errorf("%s: %d, then %s; want %d and %q", tt.name, resp.StatusCode, text, tt.status, tt.paid)
		}
	}
}
