package views

import "lianlian-checkout/models"

// refusals groups the gateway's return codes (guide 5.3.4) by what a buyer can do about them. Codes that only the
// shop can do something about say so; their details are the operator's, not the buyer's.
var refusals = map[string]string{
	"INVALID_PARAMETER":              "details",
	"INVALID_SIGNATURE":              "shop",
	"INVALID_MERCHANT":               "shop",
	"INVALID_SECONDARY_MERCHANT":     "shop",
	"IP_NOT_AUTHORIZED":              "shop",
	"INACTIVE_MERCHANT":              "shop",
	"CUSTOMER_HAS_RESTRICTIONS":      "restricted",
	"ANNUAL_LIMIT_EXCEEDED":          "limit",
	"BOLETO_LIMIT_EXCEEDED":          "limit",
	"FX_TRANSACTION_LIMIT_EXCEEDED":  "limit",
	"HTTP_NOT_FOUND":                 "shop",
	"OBJECT_NOT_FOUND":               "shop",
	"EXISTING_OBJECT":                "shop",
	"PAYMENT_COMPLETED":              "completed",
	"PAYMENT_CLOSED":                 "closed",
	"PAYMENT_PROCESSING":             "processing",
	"SHIPMENT_CONFIRMED":             "shop",
	"SUBSCRIPTION_DUPLICATE_PAYMENT": "shop",
	"SUBSCRIPTION_STATUS_INVALID":    "shop",
	"SUBSCRIPTION_AMOUNT_EXCEEDED":   "shop",
	"SUBSCRIPTION_NOT_IN_CYCLE":      "shop",
	"REFUND_AMOUNT_EXCEEDED":         "shop",
	"NON_REFUNDABLE_ORDER":           "shop",
	"REFUND_ALREADY_REQUESTED":       "shop",
	"INSUFFICIENT_BALANCE":           "shop",
	"NON_REISSUABLE_PAYMENT":         "changed",
	"ERROR_DURING_ORDER_PROCESSING":  "busy",
	"SYSTEM_BUSY":                    "busy",
	"INTERNAL_SERVER_ERROR":          "busy",
	"SUCCESS":                        "other",
}

// declines groups the decline codes (guide 5.3.5). They are a card's words; behind a wallet it is the card or
// balance inside the wallet that they speak of.
var declines = map[string]string{
	"authentication_required": "authentication",
	"card_not_supported":      "not_supported",
	"card_velocity_exceeded":  "limit",
	"currency_not_supported":  "not_supported",
	"do_not_honor":            "refused",
	"duplicate_transaction":   "duplicate",
	"expired_card":            "expired_card",
	"incorrect_number":        "card_details",
	"incorrect_cvc":           "card_details",
	"incorrect_zip":           "card_details",
	"insufficient_funds":      "funds",
	"invalid_account":         "account",
	"invalid_amount":          "amount",
	"invalid_expiry_date":     "card_details",
	"issuer_not_available":    "busy",
	"pickup_card":             "refused",
	"processing_error":        "busy",
	"generic_decline":         "refused",
}

// refusal is the group of texts for a refusal: the decline code's where there is one we know, else the return code's.
func refusal(d models.DeclinedError) string {
	if group, ok := declines[d.DeclineCode]; ok {
		return group
	}
	if group, ok := refusals[d.ReturnCode]; ok {
		return group
	}
	return "other"
}
