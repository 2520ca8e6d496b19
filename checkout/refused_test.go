package checkout_test

import (
	"errors"
	"net/http"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// What an answer to a request for payment means for the buyer.
const (
	isDeclined = "declined"          // *models.DeclinedError
	isOperator = "declined, flagged" // the same, and the order needs an operator's look
	isUnknown  = "pending"           // models.ErrPending
	isAsked    = "asked back"        // the gateway is asked how the payment stands
)

var meanings = map[lianlian.ReturnCode]string{
	"INVALID_PARAMETER": isDeclined, "INVALID_SIGNATURE": isOperator, "INVALID_MERCHANT": isOperator, "INVALID_SECONDARY_MERCHANT": isOperator,
	"IP_NOT_AUTHORIZED": isOperator, "INACTIVE_MERCHANT": isOperator, "CUSTOMER_HAS_RESTRICTIONS": isDeclined, "ANNUAL_LIMIT_EXCEEDED": isDeclined,
	"BOLETO_LIMIT_EXCEEDED": isDeclined, "FX_TRANSACTION_LIMIT_EXCEEDED": isDeclined, "HTTP_NOT_FOUND": isOperator, "OBJECT_NOT_FOUND": isDeclined,
	"EXISTING_OBJECT": isAsked, "PAYMENT_COMPLETED": isAsked, "PAYMENT_CLOSED": isAsked, "PAYMENT_PROCESSING": isAsked,
	"SHIPMENT_CONFIRMED": isDeclined, "SUBSCRIPTION_DUPLICATE_PAYMENT": isDeclined, "SUBSCRIPTION_STATUS_INVALID": isDeclined,
	"SUBSCRIPTION_AMOUNT_EXCEEDED": isDeclined, "SUBSCRIPTION_NOT_IN_CYCLE": isDeclined, "REFUND_AMOUNT_EXCEEDED": isDeclined,
	"NON_REFUNDABLE_ORDER": isDeclined, "REFUND_ALREADY_REQUESTED": isDeclined, "INSUFFICIENT_BALANCE": isDeclined,
	"NON_REISSUABLE_PAYMENT": isOperator, "ERROR_DURING_ORDER_PROCESSING": isDeclined, "SYSTEM_BUSY": isUnknown, "INTERNAL_SERVER_ERROR": isUnknown,
	"BRAND_NEW_REFUSAL": isDeclined, // a code that no list has is carried through
}

func TestReturnCodesOfARequestForPayment(t *testing.T) {
	t.Parallel()
	for _, info := range lianlian.ReturnCodes() {
		if info.Code != lianlian.CodeSuccess && meanings[info.Code] == "" {
			t.Errorf("no meaning of %s is tested", info.Code)
		}
	}
	for code, want := range meanings {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			h := New(t)
			h.sim.SetScenario(simulator.Scenario{CreateReturnCode: code, CreateDeclineCode: lianlian.DeclineInsufficientFunds})
			req := request("refused")
			req.Items = []models.CartItem{{SKU: "tea-50", Quantity: 1}}
			o, err := h.StartPayment(t.Context(), req)
			var declined *models.DeclinedError
			switch want {
			case isDeclined, isOperator:
				if !errors.As(err, &declined) || declined.ReturnCode != string(code) || declined.DeclineCode != "insufficient_funds" || len(declined.TraceID) != 32 {
					t.Errorf("error = %v, want *DeclinedError with %s, the decline code and the trace id", err, code)
				}
			case isUnknown:
				if !errors.Is(err, models.ErrPending) {
					t.Errorf("error = %v, want ErrPending", err)
				}
			case isAsked:
				if errors.As(err, &declined) || h.gateway.queries() != 1 {
					t.Errorf("error = %v after %d queries; want the gateway asked", err, h.gateway.queries())
				}
			}
			if flagged := o.Attention != ""; flagged != (want == isOperator) {
				t.Errorf("attention = %q", o.Attention)
			}
			p := o.Payment()
			if o.Status != models.OrderOpen || p.Status != models.StatusInitialized || len(o.Payments) != 1 || !o.Retryable() {
				t.Errorf("order %s, payment %s, %d payments; want an open order with one in IN", o.Status, p.Status, len(o.Payments))
			}
			if p.ReturnCode != string(code) || len(p.TraceID) != 32 || h.facts(o) == "order.failed" {
				t.Errorf("stored: return code %q, trace id %q, facts %q", p.ReturnCode, p.TraceID, h.facts(o))
			}
			if got := h.due(o); !got.Equal(begin.Add(5e9)) {
				t.Errorf("asked about next at %v, want 5 seconds later", got)
			}
			h.sim.SetScenario(simulator.Scenario{})
			again, err := h.RetryPayment(t.Context(), o.Token, "", desktop)
			if err != nil || again.Status != models.OrderPending || id(again) != id(o) || len(again.Payments) != 1 || again.Payment().ReturnCode != "" {
				t.Errorf("retry = %s, payment %+v, %v; want the same id, waiting", again.Status, again.Payment(), err)
			}
		})
	}
}

// The interface of handlers promises an error whenever the order stands and the gateway gave no page.
func TestAskedBackWithoutAPageIsPending(t *testing.T) {
	t.Parallel()
	for _, code := range []lianlian.ReturnCode{"EXISTING_OBJECT", "PAYMENT_COMPLETED", "PAYMENT_CLOSED", "PAYMENT_PROCESSING"} {
		h := New(t)
		h.sim.SetScenario(simulator.Scenario{CreateReturnCode: code})
		if o, err := h.StartPayment(t.Context(), request("asked")); !errors.Is(err, models.ErrPending) || o.Status != models.OrderOpen {
			t.Errorf("%s of a payment that the query doesn't find: order %s, error %v; want open and ErrPending", code, o.Status, err)
		}
	}
}

func TestInvalidParameterNamesTheBuyersField(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"customer.phone is empty or incorrect":              "phone",
		"customer.email is empty or incorrect":              "email",
		" customer.id_no is empty or incorrect":             "id_no",
		"phone is empty or incorrect":                       "phone",
		"country is empty or incorrect":                     "",
		"customer.country is empty or incorrect":            "country",
		"customer is empty or incorrect":                    "",
		"transaction_amount is empty or incorrect":          "",
		"products[0].name is empty or incorrect":            "",
		"user_terminal_data.order_ip is empty or incorrect": "",
		"my.customer.phone is empty or incorrect":           "",
		"": "",
	} {
		h := New(t, func(s *setup) {
			s.Fake = fake(func(map[string]any) (int, map[string]any) {
				return refusing(http.StatusBadRequest, "INVALID_PARAMETER", message)
			})
		})
		_, err := h.StartPayment(t.Context(), request("field"))
		var declined *models.DeclinedError
		if !errors.As(err, &declined) || declined.Field != want || declined.TraceID != "t2" {
			t.Errorf("%q: %#v, want field %q", message, err, want)
		}
	}
}

func TestTheGatewaysOwnLimitsNameTheField(t *testing.T) {
	t.Parallel()
	h := New(t)
	req := request("long phone")
	req.Customer.Phone = "+852-1234567890123456789012" // within the 32 characters of guide 3.2, longer than the simulator's numbers
	o, err := h.StartPayment(t.Context(), req)
	var declined *models.DeclinedError
	if !errors.As(err, &declined) || declined.ReturnCode != "INVALID_PARAMETER" || declined.Field != "phone" {
		t.Fatalf("error = %v, want INVALID_PARAMETER about phone", err)
	}
	req.Customer.Phone = "+852-91234567"
	again, err := h.StartPayment(t.Context(), req)
	if err != nil || again.ID != o.ID || id(again) != id(o) || again.Status != models.OrderPending {
		t.Errorf("corrected: order %d %s, %v; want order %d waiting with the same id", again.ID, again.Status, err, o.ID)
	}
	if in := h.sent(again)["customer"].(map[string]any); in["phone"] != "+852-91234567" {
		t.Errorf("the gateway received %v, want the corrected phone", in["phone"])
	}
}

func TestAnswersOnARetryAreAskedBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		at       func(h *harness, id string) error // what happened at the gateway meanwhile, without a word to us
		want     models.OrderStatus
		payments int
	}{
		{"completed", func(h *harness, id string) error { return h.sim.Pay(id) }, models.OrderPaid, 1},
		{"closed by the buyer", func(h *harness, id string) error { return h.sim.Cancel(id) }, models.OrderPending, 2},
		{"failed", func(h *harness, id string) error { return h.sim.Fail(id, lianlian.DeclineGenericDecline) }, models.OrderPending, 2},
		{"processing", func(h *harness, id string) error { return h.sim.SetStatus(id, lianlian.StatusProcessing) }, models.OrderProcessing, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
			o := h.order()
			if err := tt.at(h, id(o)); err != nil {
				t.Fatal(err)
			}
			// Another wallet needs a page of its own, so the same id is sent again.
			got, err := h.RetryPayment(t.Context(), o.Token, models.WeChatHK, desktop)
			if err != nil || got.Status != tt.want || len(got.Payments) != tt.payments {
				t.Fatalf("retry = %s with %d payments, %v; want %s with %d", got.Status, len(got.Payments), err, tt.want, tt.payments)
			}
			if asked := h.gateway.queries(); asked != 1 {
				t.Errorf("the gateway was asked %d times, want once", asked)
			}
			if tt.payments == 2 {
				p := got.Payment()
				if id(got) == id(o) || p.Attempt != 2 || p.Processor != models.WeChatHK || p.WebURL != h.held(got).PaymentURL || !got.Payments[0].Status.Closed() {
					t.Errorf("the new attempt is %+v after %+v", p, got.Payments[0])
				}
			} else if id(got) != id(o) || len(h.sim.Payments()) != 1 {
				t.Errorf("a new attempt was made")
			}
			if tt.want == models.OrderPaid {
				h.paidOnce(o)
			}
		})
	}
}

// An error answer is often unsigned, so nothing that it says of money is believed before the gateway was asked.
func TestUnsignedWordOfClosingIsNotBelieved(t *testing.T) {
	t.Parallel()
	for _, code := range []lianlian.ReturnCode{"PAYMENT_COMPLETED", "PAYMENT_CLOSED"} {
		h := New(t)
		o := h.order()
		h.sim.SetScenario(simulator.Scenario{CreateReturnCode: code})
		got, _ := h.RetryPayment(t.Context(), o.Token, models.WeChatHK, desktop)
		if got.Status != models.OrderPending || len(got.Payments) != 1 || h.gateway.queries() != 1 {
			t.Errorf("%s while the gateway holds it as waiting: order %s, %d payments, %d queries", code, got.Status, len(got.Payments), h.gateway.queries())
		}
	}
}
