package lianlian_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
)

// TestVectorsAreRead gives the answers and notifications among the vectors, with their own signatures, to the
// readers.
func TestVectorsAreRead(t *testing.T) {
	t.Parallel()
	verifier := testVerifier(t)
	answers, notifications := 0, 0
	for _, v := range vectors(t) {
		header := http.Header{"Signature": {v.Signature}}
		switch {
		case v.Category == "notification":
			n, err := lianlian.ParseNotification(verifier, v.Signature, []byte(v.Body), nil)
			var sent struct {
				Amount lianlian.Amount        `json:"transaction_amount"`
				Status lianlian.PaymentStatus `json:"transaction_status"`
				Time   json.RawMessage        `json:"payment_time"`
			}
			if jsonErr := json.Unmarshal([]byte(v.Body), &sent); jsonErr != nil {
				t.Fatal(jsonErr)
			}
			if _, timeErr := lianlian.ParseTimestamp(strings.Trim(string(sent.Time), `"`), nil); timeErr != nil {
				if !errors.Is(err, lianlian.ErrMalformed) { // some carry a time that no clock shows
					t.Errorf("%s: got %v, want ErrMalformed", v.Name, err)
				}
				continue
			}
			if err != nil || n.TransactionAmount != sent.Amount || n.TransactionStatus != sent.Status {
				t.Errorf("%s: got %+v, %v", v.Name, n, err)
			}
			notifications++
		case strings.HasPrefix(v.Name, "response_ok"):
			var sent struct {
				Order struct {
					MerchantID string          `json:"merchant_id"`
					ID         string          `json:"merchant_transaction_id"`
					Amount     lianlian.Amount `json:"transaction_amount"`
					Currency   string          `json:"transaction_currency"`
					URL        string          `json:"payment_url"`
				} `json:"order"`
			}
			if err := json.Unmarshal([]byte(v.Body), &sent); err != nil {
				t.Fatal(err)
			}
			o := sent.Order
			r := lianlian.PaymentRequest{MerchantID: "2080898732499253", MerchantTransactionID: o.ID, TransactionAmount: o.Amount, TransactionCurrency: o.Currency}
			p, err := lianlian.ReadCreateAnswer(verifier, 200, header, []byte(v.Body), &r)
			if err != nil || p.PaymentURL != o.URL {
				t.Errorf("%s: got %+v, %v", v.Name, p, err)
			}
			if o.MerchantID != "" {
				if s, err := lianlian.ReadQueryAnswer(verifier, 200, header, []byte(v.Body), o.MerchantID, o.ID, nil); err != nil || s.TransactionAmount != o.Amount {
					t.Errorf("%s: got %+v, %v", v.Name, s, err)
				}
			}
			answers++
		case strings.HasPrefix(v.Name, "response_fail"):
			_, err := lianlian.ReadCreateAnswer(verifier, 401, header, []byte(v.Body), &lianlian.PaymentRequest{})
			var e *lianlian.Error
			if !errors.As(err, &e) || !e.Signed || errors.Is(err, lianlian.ErrOutcomeUnknown) {
				t.Errorf("%s: got %v, want a signed refusal", v.Name, err)
			}
		}
	}
	if answers < 10 || notifications < 8 {
		t.Errorf("%d answers and %d notifications were read", answers, notifications)
	}
}
