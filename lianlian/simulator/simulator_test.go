package simulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := simulator.Options{MerchantID: merchantID, MerchantKey: &merchantKey().PublicKey, Key: gatewayKey(), BaseURL: "http://127.0.0.1:8080/simulator/"}
	if s, err := simulator.New(good); err != nil {
		t.Fatal(err)
	} else {
		s.Close()
	}
	tests := map[string]func(*simulator.Options){
		"MerchantID":     func(o *simulator.Options) { o.MerchantID = "" },
		"MerchantKey":    func(o *simulator.Options) { o.MerchantKey = nil },
		"Key":            func(o *simulator.Options) { o.Key = nil },
		"BaseURL":        func(o *simulator.Options) { o.BaseURL = "127.0.0.1:8080" },
		"BaseURL ":       func(o *simulator.Options) { o.BaseURL = "http://127.0.0.1/?a=b" },
		"PathPrefix":     func(o *simulator.Options) { o.PathPrefix = "simulator" },
		"PathPrefix ":    func(o *simulator.Options) { o.PathPrefix = "/simulator/" },
		"NotifyAttempts": func(o *simulator.Options) { o.NotifyAttempts = -1 },
	}
	for want, change := range tests {
		o := good
		change(&o)
		if _, err := simulator.New(o); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestMounting(t *testing.T) {
	t.Parallel()
	b := start(t)
	tests := []struct {
		path     string
		status   int
		location string
	}{
		{"/simulator", 303, "/simulator/"}, {"/simulator/", 200, ""}, {"/", 404, ""}, {"/simulatorx", 404, ""}, {"/pay/x", 404, ""},
		{"/simulator//", 404, ""}, {"/simulator/../v4", 404, ""}, {"/simulator/pay/../assets", 404, ""},
	}
	for _, tt := range tests {
		resp, _ := b.get(tt.path)
		if resp.StatusCode != tt.status || resp.Header.Get("Location") != tt.location {
			t.Errorf("%s: %d %s", tt.path, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	root := start(t, func(o *simulator.Options) { o.PathPrefix, o.BaseURL = "", strings.TrimSuffix(o.BaseURL, "/simulator") })
	if resp, doc := root.get(root.url + "/"); resp.StatusCode != 200 || doc.Find(`a[href^="/simulator"], form[action^="/simulator"]`).Length() != 0 {
		t.Errorf("mounted at the root: %d", resp.StatusCode)
	}
	root.must("a")
}

// TestMountedDeeper: below another server's path, of which only the simulator's own part arrives.
func TestMountedDeeper(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *simulator.Options) { o.BaseURL = strings.Replace(o.BaseURL, "/simulator", "/shop/simulator", 1) })
	b.url = strings.Replace(b.url, "/shop", "", 1)
	p := b.must("a")
	if !strings.Contains(p.PaymentURL, "/shop/simulator/pay/") {
		t.Errorf("payment_url %s", p.PaymentURL)
	}
	_, doc := b.get(strings.Replace(p.PaymentURL, "/shop", "", 1))
	if action := doc.Find("[data-testid=pay]").AttrOr("action", ""); !strings.HasPrefix(action, "/shop/simulator/pay/") {
		t.Errorf("form leads to %s", action)
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	b := start(t)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 6 {
				id := fmt.Sprintf("c-%d-%d", worker/2, i) // two workers share each id
				b.create(b.request(id))
				_ = b.sim.Pay(id)
				b.query(id)
				b.sim.SetPaymentScenario(id, simulator.Scenario{DuplicateNotifications: 1})
				b.get(b.url + "/payments/" + id)
				b.sim.Payments()
			}
		})
	}
	wg.Wait()
	if n := len(b.sim.Payments()); n != 24 {
		t.Errorf("%d payments", n)
	}
	for _, p := range b.sim.Payments() {
		if p.Status != lianlian.StatusSuccess || p.SettlementAmount != 21_57 {
			t.Errorf("payment %+v", p)
		}
	}
}

func TestSettlementRates(t *testing.T) {
	t.Parallel()
	rates := simulator.SettlementRates()
	if len(rates) != 21 || rates["USD"] != 1_000_000 {
		t.Errorf("%d rates, one dollar is %d", len(rates), rates["USD"])
	}
	for _, c := range lianlian.Currencies() {
		if rates[c.Code] <= 0 {
			t.Errorf("no rate for %s", c.Code)
		}
	}
	rates["USD"] = 0
	if simulator.SettlementRates()["USD"] == 0 {
		t.Error("the table can be changed from outside")
	}
}

func TestLoadKeys(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	var wg sync.WaitGroup
	got := make([]simulator.Keys, 3)
	for i := range got { // three processes start at once
		wg.Go(func() {
			var err error
			if got[i], err = simulator.LoadKeys(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, k := range got {
		if k.Gateway == nil || !k.Gateway.Equal(got[0].Gateway) || !k.Merchant.Equal(got[0].Merchant) || k.MerchantID != simulator.DemoMerchantID {
			t.Fatal("not the same keys for all")
		}
	}
	if got[0].Gateway.Equal(got[0].Merchant) || got[0].Gateway.N.BitLen() != 2048 {
		t.Error("the two key pairs are one, or weak")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(files) != 2 || len(hidden) != 0 {
		t.Errorf("files %v %v", files, hidden)
	}
	for _, f := range files {
		if info, _ := os.Stat(f); info.Mode().Perm() != 0o600 && os.PathSeparator == '/' {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
	const rubbish = "not a key"
	if err := os.WriteFile(files[0], []byte(rubbish), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := simulator.LoadKeys(dir); err == nil || !strings.Contains(err.Error(), files[0]) {
		t.Errorf("a damaged file: %v", err)
	}
	if text, _ := os.ReadFile(files[0]); string(text) != rubbish {
		t.Error("a damaged file was overwritten")
	}
	if _, err := simulator.LoadKeys(files[1]); err == nil {
		t.Error("a file in place of the folder")
	}
}

// The client of package lianlian and the simulator meet: what one signs the other verifies.
func TestWithTheClient(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, form := range []lianlian.TimestampForm{lianlian.TimestampMillis, lianlian.TimestampDateTime} {
		c := &lianlian.Client{
			BaseURL: b.url, MerchantID: merchantID, Signer: lianlian.NewSigner(merchantKey()),
			Verifier: lianlian.NewVerifier(&gatewayKey().PublicKey), HTTPClient: &http.Client{}, Timestamp: form,
		}
		id := "client-" + string(form)
		p, err := c.CreatePayment(t.Context(), clientRequest(b, id))
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if held := b.payment(id); p.LLTransactionID != held.LLTransactionID || p.PaymentURL != held.PaymentURL {
			t.Errorf("%s: created %+v", form, p)
		}
		if err := b.sim.Pay(id); err != nil {
			t.Fatal(err)
		}
		st, err := c.QueryPayment(t.Context(), id)
		if err != nil || st.TransactionStatus != lianlian.StatusSuccess || st.TransactionAmount != 168_00 {
			t.Errorf("%s: query %+v, %v", form, st, err)
		}
		n := b.inbox.next(t)
		got, err := lianlian.ParseNotification(c.Verifier, n.header.Get("signature"), n.body, nil)
		if err != nil || got.TransactionStatus != lianlian.StatusSuccess {
			t.Errorf("%s: notification %+v, %v", form, got, err)
		}
		resp, _ := b.submit(p.PaymentURL+"/pay", nil)
		to, _ := url.Parse(resp.Header.Get("Location"))
		back, err := lianlian.ParseReturn(c.Verifier, to.Query(), nil)
		if err != nil || back.TransactionStatus != lianlian.StatusSuccess || !back.TimestampSigned {
			t.Errorf("%s: return %+v, %v", form, back, err)
		}
	}
}

// clientRequest fills every field that a shop may send.
func clientRequest(b *bench, id string) lianlian.PaymentRequest {
	return lianlian.PaymentRequest{
		PaymentProcessor: lianlian.WeChatHK, PaymentMethod: lianlian.WapPay, MerchantTransactionID: id, OrderDescription: "Two tins of tea",
		Customer:          &lianlian.Customer{FullName: "Chan Mei", Email: "mei@example.com", Phone: "+852-91234567", Country: "US", State: "TX"},
		Products:          []lianlian.Product{{ProductID: "tea", Name: "紅茶", Description: "Black tea, it's good", CostPrice: 200_00, Price: 168_00, Quantity: 1}},
		TransactionAmount: 168_00, TransactionCurrency: "HKD",
		UserTerminalData: &lianlian.UserTerminalData{OrderIP: "203.0.113.7"},
		NotificationURL:  b.inbox.srv.URL + "/notify", RedirectURL: "https://shop.example/return", Country: "HK",
	}
}
