package simulator

import (
	"crypto/rand"
	"encoding/json"
	"math/big"
	"net/http"
	"time"

	"lianlian-checkout/lianlian"
)

// gatewayZone is the gateway's own; Hong Kong has had no summer time since 1979.
var gatewayZone = time.FixedZone(lianlian.DefaultTimezone, 8*60*60)

// queriedOrder is what a query tells (guide 4.1.3). payment_time is yyyyMMddHHmmss, and absent until paid, though the
// guide calls it mandatory: there is nothing to say before.
type queriedOrder struct {
	MerchantID            string                 `json:"merchant_id"`
	LLTransactionID       string                 `json:"ll_transaction_id"`
	MerchantTransactionID string                 `json:"merchant_transaction_id"`
	TransactionCurrency   string                 `json:"transaction_currency"`
	TransactionAmount     lianlian.Amount        `json:"transaction_amount"`
	TransactionStatus     lianlian.PaymentStatus `json:"transaction_status"`
	PaymentTime           string                 `json:"payment_time,omitempty"`
	SettlementCurrency    string                 `json:"settlement_currency,omitempty"`
	SettlementAmount      string                 `json:"settlement_amount,omitempty"`
}

// flat is an answer with the order's fields beside the general ones.
type flat struct {
	general
	queriedOrder
}

// queryPayment: GET /v4/merchants/{merchant_id}/payments/{merchant_transaction_id} (guide 4.1.3).
func (s *Simulator) queryPayment(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("merchant_transaction_id")
	params, err := json.Marshal(map[string]string{"merchant_id": r.PathValue("merchant_id"), "merchant_transaction_id": id})
	e := s.entry(LogQuery, r, params)
	e.Request.Body = "" // the parameters are in the path: only their signing string is worth showing
	if err != nil {
		s.sendRefusal(w, "", e, invalid("merchant_transaction_id"), s.Scenario())
		return
	}
	if no := s.admitQuery(r, params); no != nil {
		s.sendRefusal(w, "", e, no, s.Scenario())
		return
	}
	p, sc, ok := s.asked(id)
	if !s.hold(r, sc.QueryDelay) {
		breakConnection(w)
		return
	}
	switch no := sc.queryRefusal(id); {
	case no != nil:
		s.sendRefusal(w, id, e, no, sc)
		return
	case !ok:
		s.sendRefusal(w, id, e, &refusal{code: lianlian.CodeObjectNotFound, id: id}, sc)
		return
	}
	zone := gatewayZone
	if name := r.Header.Get("timezone"); name != "" {
		zone, _ = time.LoadLocation(name) // checkHeaders has loaded it
	}
	out, err := s.succeed(s.queried(p, sc, zone), sc)
	s.send(w, id, e, out, err)
}

// queryRefusal is what the scenario answers to every query, if anything.
func (sc Scenario) queryRefusal(id string) *refusal {
	if sc.QueryReturnCode == "" && sc.QueryStatus == 0 {
		return nil
	}
	return &refusal{code: sc.QueryReturnCode, id: id, status: sc.QueryStatus, html: sc.QueryReturnCode == "", description: "scenario: query refused"}
}

// asked counts the query and returns the payment as it is now.
func (s *Simulator) asked(id string) (Payment, Scenario, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments.get(id)
	if !ok {
		return Payment{}, s.scenarioOf(id), false
	}
	p.Queries++
	return s.snapshot(p), s.scenarioOf(id), true
}

func (s *Simulator) queried(p Payment, sc Scenario, zone *time.Location) any {
	order := queriedOrder{
		MerchantID: s.opts.MerchantID, LLTransactionID: p.LLTransactionID, MerchantTransactionID: p.MerchantTransactionID,
		TransactionCurrency: p.Currency, TransactionAmount: p.Amount, TransactionStatus: p.Status,
	}
	if !p.PaidAt.IsZero() {
		order.PaymentTime = lianlian.FormatTimestamp(p.PaidAt, lianlian.TimestampDateTime, zone)
		order.SettlementCurrency, order.SettlementAmount = p.SettlementCurrency, p.SettlementAmount.String()
	}
	g := successOf(order)
	g.DeclineCode = p.DeclineCode
	if !sc.QueryTopLevel {
		return g
	}
	g.Order = nil
	return flat{general: g, queriedOrder: order}
}

// newLLTransactionID makes an id as long as guide 4.1.1 allows: the time, then 18 random digits.
func newLLTransactionID(now time.Time) string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000_000_000_000_000))
	if err != nil {
		panic(err) // only a broken random source
	}
	tail := n.String()
	const zeros = "000000000000000000"
	return now.In(gatewayZone).Format("20060102150405") + zeros[len(tail):] + tail
}
