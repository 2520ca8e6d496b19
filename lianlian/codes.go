package lianlian

import (
	_ "embed" // the tables of guide 5.3
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// PaymentStatus is the state of a payment at the gateway (guide 5.1). A message may carry one that isn't
// listed here: it is kept as it came, and Known says false.
type PaymentStatus string

// The states of guide 5.1.
const (
	StatusInitialized    PaymentStatus = "IN" // created, not yet shown to the buyer
	StatusWaiting        PaymentStatus = "WP" // waiting for the buyer
	StatusProcessing     PaymentStatus = "PP" // the buyer has acted, the result is pending
	StatusCancelled      PaymentStatus = "PC" // expired or cancelled
	StatusFailed         PaymentStatus = "PF"
	StatusSuccess        PaymentStatus = "PS" // paid
	StatusRefundPending  PaymentStatus = "RP"
	StatusPartlyRefunded PaymentStatus = "PR"
	StatusRefunded       PaymentStatus = "RS" // refunded whole
	StatusChargeback     PaymentStatus = "CB"
)

// PaymentStatuses lists the states of guide 5.1 by rising level.
func PaymentStatuses() []PaymentStatus {
	return []PaymentStatus{StatusInitialized, StatusWaiting, StatusProcessing, StatusCancelled, StatusFailed,
		StatusSuccess, StatusRefundPending, StatusPartlyRefunded, StatusRefunded, StatusChargeback}
}

// Known tells whether the state is one of guide 5.1.
func (s PaymentStatus) Known() bool { return s.Level() >= 0 }

// Level is how far along the state is, from 0 (IN) to 10 (CB); -1 for an unknown state. It orders messages
// for display; it does not say which transitions are allowed.
func (s PaymentStatus) Level() int {
	switch s {
	case StatusInitialized:
		return 0
	case StatusWaiting:
		return 2
	case StatusProcessing:
		return 3
	case StatusCancelled:
		return 4
	case StatusFailed:
		return 5
	case StatusSuccess:
		return 6
	case StatusRefundPending:
		return 7
	case StatusPartlyRefunded:
		return 8
	case StatusRefunded:
		return 9
	case StatusChargeback:
		return 10
	}
	return -1
}

// PaymentProcessor is a wallet (guide 4.1.1).
type PaymentProcessor string

// The wallets of guide 4.1.1.
const (
	AlipayHK PaymentProcessor = "alipayhk"
	AlipayCN PaymentProcessor = "alipaycn"
	WeChatHK PaymentProcessor = "wechathk"
	WeChatCN PaymentProcessor = "wechatcn"
)

// Processors lists the wallets in the guide's order.
func Processors() []PaymentProcessor {
	return []PaymentProcessor{AlipayHK, AlipayCN, WeChatHK, WeChatCN}
}

// Known tells whether the wallet is one of guide 4.1.1.
func (p PaymentProcessor) Known() bool { return slices.Contains(Processors(), p) }

// PaymentMethod says for which kind of page the payment is made (guide 4.1.1).
type PaymentMethod string

const (
	// WebPay is a page on a computer.
	WebPay PaymentMethod = "web_pay"
	// WapPay is a page on a phone.
	WapPay PaymentMethod = "wap_pay"
)

// Methods lists the payment methods.
func Methods() []PaymentMethod { return []PaymentMethod{WebPay, WapPay} }

// Known tells whether the method is one of guide 4.1.1.
func (m PaymentMethod) Known() bool { return slices.Contains(Methods(), m) }

// ReturnCode is the result of a call (guide 5.3.4). An answer may carry one that isn't listed here.
type ReturnCode string

// The return codes of guide 5.3.4; PAYMENT_PROCESSING is used by the gateway but not listed there.
const (
	CodeSuccess                      ReturnCode = "SUCCESS"
	CodeInvalidParameter             ReturnCode = "INVALID_PARAMETER"
	CodeInvalidSignature             ReturnCode = "INVALID_SIGNATURE"
	CodeInvalidMerchant              ReturnCode = "INVALID_MERCHANT"
	CodeInvalidSecondaryMerchant     ReturnCode = "INVALID_SECONDARY_MERCHANT"
	CodeIPNotAuthorized              ReturnCode = "IP_NOT_AUTHORIZED"
	CodeInactiveMerchant             ReturnCode = "INACTIVE_MERCHANT"
	CodeCustomerHasRestrictions      ReturnCode = "CUSTOMER_HAS_RESTRICTIONS"
	CodeAnnualLimitExceeded          ReturnCode = "ANNUAL_LIMIT_EXCEEDED"
	CodeBoletoLimitExceeded          ReturnCode = "BOLETO_LIMIT_EXCEEDED"
	CodeFXTransactionLimitExceeded   ReturnCode = "FX_TRANSACTION_LIMIT_EXCEEDED"
	CodeHTTPNotFound                 ReturnCode = "HTTP_NOT_FOUND"
	CodeObjectNotFound               ReturnCode = "OBJECT_NOT_FOUND"
	CodeExistingObject               ReturnCode = "EXISTING_OBJECT"
	CodePaymentCompleted             ReturnCode = "PAYMENT_COMPLETED"
	CodePaymentClosed                ReturnCode = "PAYMENT_CLOSED"
	CodePaymentProcessing            ReturnCode = "PAYMENT_PROCESSING"
	CodeShipmentConfirmed            ReturnCode = "SHIPMENT_CONFIRMED"
	CodeSubscriptionDuplicatePayment ReturnCode = "SUBSCRIPTION_DUPLICATE_PAYMENT"
	CodeSubscriptionStatusInvalid    ReturnCode = "SUBSCRIPTION_STATUS_INVALID"
	CodeSubscriptionAmountExceeded   ReturnCode = "SUBSCRIPTION_AMOUNT_EXCEEDED"
	CodeSubscriptionNotInCycle       ReturnCode = "SUBSCRIPTION_NOT_IN_CYCLE"
	CodeRefundAmountExceeded         ReturnCode = "REFUND_AMOUNT_EXCEEDED"
	CodeNonRefundableOrder           ReturnCode = "NON_REFUNDABLE_ORDER"
	CodeRefundAlreadyRequested       ReturnCode = "REFUND_ALREADY_REQUESTED"
	CodeInsufficientBalance          ReturnCode = "INSUFFICIENT_BALANCE"
	CodeNonReissuablePayment         ReturnCode = "NON_REISSUABLE_PAYMENT"
	CodeErrorDuringOrderProcessing   ReturnCode = "ERROR_DURING_ORDER_PROCESSING"
	CodeSystemBusy                   ReturnCode = "SYSTEM_BUSY"
	CodeInternalServerError          ReturnCode = "INTERNAL_SERVER_ERROR"
)

// DeclineCode is the reason of a wallet or issuer (guide 5.3.5). An answer may carry one that isn't listed.
type DeclineCode string

// The decline codes of guide 5.3.5.
const (
	DeclineAuthenticationRequired DeclineCode = "authentication_required"
	DeclineCardNotSupported       DeclineCode = "card_not_supported"
	DeclineCardVelocityExceeded   DeclineCode = "card_velocity_exceeded"
	DeclineCurrencyNotSupported   DeclineCode = "currency_not_supported"
	DeclineDoNotHonor             DeclineCode = "do_not_honor"
	DeclineDuplicateTransaction   DeclineCode = "duplicate_transaction"
	DeclineExpiredCard            DeclineCode = "expired_card"
	DeclineIncorrectNumber        DeclineCode = "incorrect_number"
	DeclineIncorrectCVC           DeclineCode = "incorrect_cvc"
	DeclineIncorrectZip           DeclineCode = "incorrect_zip"
	DeclineInsufficientFunds      DeclineCode = "insufficient_funds"
	DeclineInvalidAccount         DeclineCode = "invalid_account"
	DeclineInvalidAmount          DeclineCode = "invalid_amount"
	DeclineInvalidExpiryDate      DeclineCode = "invalid_expiry_date"
	DeclineIssuerNotAvailable     DeclineCode = "issuer_not_available"
	DeclinePickupCard             DeclineCode = "pickup_card"
	DeclineProcessingError        DeclineCode = "processing_error"
	DeclineGenericDecline         DeclineCode = "generic_decline"
)

// ReturnCodeInfo is one row of guide 5.3.4.
type ReturnCodeInfo struct {
	HTTPStatus int
	Code       ReturnCode
	// Message is the gateway's English text; words in <> stand for values.
	Message string
}

// DeclineCodeInfo is one row of guide 5.3.5, in English and Chinese.
type DeclineCodeInfo struct {
	Code          DeclineCode
	DescriptionEN string
	DescriptionZH string
	NextStepEN    string // what the buyer can do
	NextStepZH    string
}

// Country is one row of guide 5.3.1: ISO 3166-1 alpha-2 code and English name.
type Country struct{ Code, Name string }

// Currency is one row of guide 5.3.2: ISO 4217 code and names.
type Currency struct{ Code, NameEN, NameZH string }

// State is one row of guide 5.3.3.
type State struct{ Country, Code, Name string }

var (
	//go:embed data/return_codes.csv
	returnCodesCSV string
	//go:embed data/decline_codes.csv
	declineCodesCSV string
	//go:embed data/countries.csv
	countriesCSV string
	//go:embed data/currencies.csv
	currenciesCSV string
	//go:embed data/states.csv
	statesCSV string
)

var returnCodes = table(&returnCodesCSV, func(r []string) (ReturnCode, ReturnCodeInfo) {
	status, err := strconv.Atoi(r[0])
	if err != nil {
		panic(fmt.Sprintf("lianlian: return_codes.csv: %v", err))
	}
	return ReturnCode(r[1]), ReturnCodeInfo{HTTPStatus: status, Code: ReturnCode(r[1]), Message: r[2]}
})

var declineCodes = table(&declineCodesCSV, func(r []string) (DeclineCode, DeclineCodeInfo) {
	return DeclineCode(r[0]), DeclineCodeInfo{Code: DeclineCode(r[0]), DescriptionEN: r[1], DescriptionZH: r[2], NextStepEN: r[3], NextStepZH: r[4]}
})

var countries = table(&countriesCSV, func(r []string) (string, Country) {
	return r[0], Country{Code: r[0], Name: r[1]}
})

var currencies = table(&currenciesCSV, func(r []string) (string, Currency) {
	return r[0], Currency{Code: r[0], NameZH: r[1], NameEN: r[2]}
})

var states = table(&statesCSV, func(r []string) (State, State) {
	return State{Country: r[0], Code: r[1]}, State{Country: r[0], Code: r[1], Name: r[2]}
})

type indexed[K comparable, V any] struct {
	rows  []V
	byKey map[K]V
}

// table reads an embedded CSV once, on first use. The files are part of the program, so a fault in one is
// a fault of the program.
func table[K comparable, V any](text *string, row func([]string) (K, V)) func() indexed[K, V] {
	return sync.OnceValue(func() indexed[K, V] {
		records, err := csv.NewReader(strings.NewReader(*text)).ReadAll()
		if err != nil {
			panic(fmt.Sprintf("lianlian: embedded table: %v", err))
		}
		t := indexed[K, V]{byKey: make(map[K]V, len(records))}
		for _, r := range records[1:] {
			k, v := row(r)
			t.rows = append(t.rows, v)
			t.byKey[k] = v
		}
		return t
	})
}

// ReturnCodes lists guide 5.3.4 in its order.
func ReturnCodes() []ReturnCodeInfo { return slices.Clone(returnCodes().rows) }

// Info gives the code's row, and false for a code that isn't listed.
func (c ReturnCode) Info() (ReturnCodeInfo, bool) {
	info, ok := returnCodes().byKey[c]
	return info, ok
}

// DeclineCodes lists guide 5.3.5 in its order.
func DeclineCodes() []DeclineCodeInfo { return slices.Clone(declineCodes().rows) }

// Info gives the code's row, and false for a code that isn't listed.
func (c DeclineCode) Info() (DeclineCodeInfo, bool) {
	info, ok := declineCodes().byKey[c]
	return info, ok
}

// Countries lists guide 5.3.1 by code.
func Countries() []Country { return slices.Clone(countries().rows) }

// CountryKnown tells whether the code, in capitals, is in guide 5.3.1.
func CountryKnown(code string) bool {
	_, ok := countries().byKey[code]
	return ok
}

// Currencies lists guide 5.3.2 in its order.
func Currencies() []Currency { return slices.Clone(currencies().rows) }

// CurrencyKnown tells whether the code, in capitals, is in guide 5.3.2.
func CurrencyKnown(code string) bool {
	_, ok := currencies().byKey[code]
	return ok
}

// CurrencyWhole tells whether the currency has no hundredths (JPY, KRW). Its amounts are still written
// with two decimals, which must be 00 (guide 4.1.1).
func CurrencyWhole(code string) bool { return code == "JPY" || code == "KRW" }

// States lists guide 5.3.3 for a country, nil if it has no list there. Only US, BR and CA insist on a code
// (guide 3.2); AU is listed too.
func States(country string) []State {
	var list []State
	for _, s := range states().rows {
		if s.Country == country {
			list = append(list, s)
		}
	}
	return list
}

// StateKnown tells whether the code is in guide 5.3.3 for the country.
func StateKnown(country, code string) bool {
	_, ok := states().byKey[State{Country: country, Code: code}]
	return ok
}
