package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"lianlian-checkout/lianlian"
)

// returnParameters makes the signed parameters with which a buyer who has paid goes back (guide 4.1.4). The signature
// covers the gateway's own parameters, not a query that redirect_url already had.
func (s *Simulator) returnParameters(p Payment, sc Scenario) (url.Values, error) {
	now := s.opts.Now()
	content := map[string]string{
		"timestamp":               lianlian.FormatTimestamp(now, lianlian.TimestampDateTime, gatewayZone),
		"timezone":                lianlian.DefaultTimezone,
		"merchant_id":             s.opts.MerchantID,
		"ll_transaction_id":       p.LLTransactionID,
		"merchant_transaction_id": p.MerchantTransactionID,
		"transaction_currency":    p.Currency,
		"transaction_amount":      p.Amount.String(),
		"transaction_status":      string(p.Status),
		"payment_time":            lianlian.FormatTimestamp(p.PaidAt, lianlian.TimestampMillis, nil),
		"settlement_currency":     p.SettlementCurrency,
		"settlement_amount":       p.SettlementAmount.String(),
	}
	values := url.Values{}
	for k, v := range content {
		values.Set(k, v)
	}
	if sc.ReturnSignsFields {
		delete(content, "timestamp")
		delete(content, "timezone")
	}
	body, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	signer, err := s.signerFor(sc.ForgeReturn)
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(body)
	if err != nil {
		return nil, fmt.Errorf("sign the return of %s: %w", p.MerchantTransactionID, err)
	}
	values.Set("signature", signature)
	signing, _ := lianlian.SigningString(body)
	e := LogEntry{
		Kind: LogReturn, At: now, Method: returnMethod(sc), URL: p.RedirectURL,
		Request: Message{Signature: signature, SigningString: signing, Body: values.Encode()},
	}
	s.began(p.MerchantTransactionID, &e, ByBuyer, nil)
	e.exchange = 0 // where the browser goes, the gateway doesn't see
	s.record(p.MerchantTransactionID, e)
	return values, nil
}

func returnMethod(sc Scenario) string {
	if sc.ReturnByPost {
		return http.MethodPost
	}
	return http.MethodGet
}

// withQuery adds parameters to a URL and leaves the ones it has as they are written.
func withQuery(to string, values url.Values) string {
	separator := "?"
	if strings.Contains(to, "?") {
		separator = "&"
	}
	return to + separator + values.Encode()
}
