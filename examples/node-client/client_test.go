// Package nodeclient tests the client beside it against the simulator, where Node is installed.
package nodeclient

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// world is the client, running, and its gateway.
type world struct {
	t       *testing.T
	gateway *simulator.Simulator
	keys    simulator.Keys
	client  string // its address
}

func start(t *testing.T) *world {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("CHECKOUT_TEST_REQUIRE"), ","), "node") {
			t.Fatal("Node isn't installed, and CHECKOUT_TEST_REQUIRE names it")
		}
		t.Skip("Node isn't installed: skipped")
	}
	keys, err := simulator.LoadKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	gateway, err := simulator.New(keys.Options("http://" + srv.Listener.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = gateway
	srv.Start()
	t.Cleanup(func() { gateway.Close(); srv.Close() })
	private, err := x509.MarshalPKCS8PrivateKey(keys.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(gateway.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "client.js")
	node.Env = append(os.Environ(), "PORT=0", "GATEWAY="+srv.URL, "MERCHANT_ID="+keys.MerchantID,
		"PRIVATE_KEY="+base64.StdEncoding.EncodeToString(private), "PUBLIC_KEY="+base64.StdEncoding.EncodeToString(public))
	node.Stderr = t.Output()
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Process.Kill(); _ = node.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, gateway, keys, strings.TrimSpace(address)}
}

// ask calls the client and reads its JSON.
func (w *world) ask(method, path string) map[string]any {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.client+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var got map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		w.t.Fatalf("%s %s: %d %v", method, path, resp.StatusCode, err)
	}
	return got
}

func (w *world) becomes(id, status string) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); w.ask("GET", "/orders/"+id)["status"] != status; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("order %s never became %s: %v", id, status, w.ask("GET", "/orders/"+id))
		}
	}
}

// TestClient: pays, asks, and hears of it; what only looks like the gateway changes nothing.
func TestClient(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.ask("POST", "/buy?amount=168.00")
	id, _ := made["id"].(string)
	if to, _ := made["payment_url"].(string); id == "" || !strings.Contains(to, "/pay/") {
		t.Fatalf("made %v", made)
	}
	if got := w.ask("GET", "/query/"+id); got["transaction_status"] != "WP" || got["transaction_amount"] != "168.00" {
		t.Errorf("asked before: %v", got)
	}
	p, _ := w.gateway.Payment(id)
	if p.Description != "烏龍茶 & Tea" {
		t.Errorf("description %q", p.Description)
	}

	body := `{"merchant_id":"` + w.keys.MerchantID + `","ll_transaction_id":"` + p.LLTransactionID + `","merchant_transaction_id":"` + id +
		`","transaction_currency":"HKD","transaction_amount":"168.00","transaction_status":"PS","payment_time":1732342559977}`
	forger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		body   string
		signer *rsa.PrivateKey
		status int
	}{
		"forged":         {body, forger, 401},
		"unsigned":       {body, nil, 401},
		"our own key":    {body, w.keys.Merchant, 401},
		"not JSON":       {"paid", w.keys.Gateway, 400},
		"other amount":   {strings.Replace(body, "168.00", "1.68", 1), w.keys.Gateway, 409},
		"other currency": {strings.Replace(body, "HKD", "JPY", 1), w.keys.Gateway, 409},
		"other merchant": {strings.Replace(body, w.keys.MerchantID, "ANOTHER", 1), w.keys.Gateway, 404},
		"unknown order":  {strings.Replace(body, id, "nobody", 1), w.keys.Gateway, 404},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.client+"/notify", strings.NewReader(tt.body))
		if tt.signer != nil {
			if signature, err := lianlian.NewSigner(tt.signer).Sign([]byte(tt.body)); err == nil {
				req.Header.Set("signature", signature)
			}
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status || w.ask("GET", "/orders/"+id)["status"] != "WP" {
			t.Errorf("%s: %d, and the order is %v", name, resp.StatusCode, w.ask("GET", "/orders/"+id))
		}
	}

	if err := w.gateway.Pay(id); err != nil {
		t.Fatal(err)
	}
	w.becomes(id, "PS")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if p, _ := w.gateway.Payment(id); p.NotificationsAcked == 1 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("never acknowledged: %+v", p)
		}
	}
	if got := w.ask("GET", "/query/"+id); got["transaction_status"] != "PS" {
		t.Errorf("asked after: %v", got)
	}
	for _, m := range w.gateway.Journal(0) {
		if m.Fault != nil {
			t.Errorf("a signature of the client's was refused: %+v", m.Fault)
		}
	}
}

// TestClientAgainstMischief: forged answers aren't believed, forged notifications change nothing, refusals are told.
func TestClientAgainstMischief(t *testing.T) {
	t.Parallel()
	w := start(t)
	for name, want := range map[string]string{"forged-answer": "isn't signed", "unsigned": "isn't signed", "busy": "SYSTEM_BUSY"} {
		sc, err := simulator.ParseScenario(name)
		if err != nil {
			t.Fatal(err)
		}
		w.gateway.SetScenario(sc)
		if got, _ := w.ask("POST", "/buy")["error"].(string); !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	w.gateway.SetScenario(simulator.Scenario{ForgeNotification: true})
	id, _ := w.ask("POST", "/buy")["id"].(string)
	if err := w.gateway.Pay(id); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if p, _ := w.gateway.Payment(id); p.NotificationsSent == 1 {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("no notification left")
		}
	}
	if got := w.ask("GET", "/orders/"+id)["status"]; got != "WP" {
		t.Errorf("a forged notification made the order %v", got)
	}
	if got := w.ask("POST", "/buy?amount=9999.01")["error"]; got != "INVALID_PARAMETER: transaction_amount is empty or incorrect" {
		t.Errorf("a provoked refusal: %v", got)
	}
}
