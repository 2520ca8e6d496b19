package simulator_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// ask calls the handler without a network, as synctest and fuzzing need.
func ask(sim *simulator.Simulator, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "/v4/merchants/"+merchantID+"/payments", bytes.NewReader(body))
	if signature, err := lianlian.NewSigner(merchantKey()).Sign(body); err == nil {
		req.Header.Set("signature", signature)
	} else {
		req.Header.Set("signature", "none")
	}
	req.Header.Set("timestamp", "1732342559977")
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, req)
	return w
}

func accept(t *testing.T, sim *simulator.Simulator, id string) {
	t.Helper()
	b := &bench{t: t}
	body, err := json.Marshal(b.request(id))
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(sim, body); w.Code != http.StatusOK {
		t.Fatalf("create %s: %s", id, w.Body)
	}
}

func FuzzCreate(f *testing.F) {
	sim, err := simulator.New(simulator.Options{
		MerchantID: merchantID, MerchantKey: &merchantKey().PublicKey, Key: gatewayKey(), BaseURL: "http://gateway.test",
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(sim.Close)
	valid, _ := json.Marshal((&bench{}).request("fuzz"))
	f.Add(valid)
	f.Add([]byte(`{"products":[[[]]],"customer":{"state":1}}`))
	f.Add([]byte(strings.Replace(string(valid), `"quantity":1`, `"quantity":1e400`, 1)))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := ask(sim, body)
		var answer struct {
			Code    lianlian.ReturnCode `json:"return_code"`
			Message string              `json:"return_msg"`
			TraceID string              `json:"trace_id"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.TraceID == "" || len([]rune(answer.Message)) > 128 {
			t.Fatalf("answer %d %s: %v", w.Code, w.Body, err)
		}
		if info, ok := answer.Code.Info(); !ok || info.HTTPStatus != w.Code || w.Code >= 500 {
			t.Fatalf("answer %d %s", w.Code, answer.Code)
		}
	})
}
