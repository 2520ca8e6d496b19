package lianlian

import (
	"net/http"
	"time"
)

// ReadCreateAnswer and ReadQueryAnswer give the fuzz tests what Client does with an answer, without a network.

func ReadCreateAnswer(v *Verifier, status int, header http.Header, body []byte, r *PaymentRequest) (*Payment, error) {
	a, err := readAnswer(v, status, header, body)
	if err != nil {
		return nil, err
	}
	return a.payment(r)
}

func ReadQueryAnswer(v *Verifier, status int, header http.Header, body []byte, merchantID, id string, loc *time.Location) (*PaymentState, error) {
	a, err := readAnswer(v, status, header, body)
	if err != nil {
		return nil, err
	}
	return a.state(merchantID, id, loc)
}
