package lianlian_test

import (
	"regexp"
	"testing"

	"lianlian-checkout/lianlian"
)

func TestTablesAreWhole(t *testing.T) {
	t.Parallel()
	counts := []struct {
		name      string
		got, want int
	}{
		{"countries", len(lianlian.Countries()), 249},
		{"currencies", len(lianlian.Currencies()), 21},
		{"states of US", len(lianlian.States("US")), 62},
		{"states of BR", len(lianlian.States("BR")), 27},
		{"states of CA", len(lianlian.States("CA")), 13},
		{"states of AU", len(lianlian.States("AU")), 8},
		{"states of HK", len(lianlian.States("HK")), 0},
		{"return codes", len(lianlian.ReturnCodes()), 30},
		{"decline codes", len(lianlian.DeclineCodes()), 18},
		{"payment statuses", len(lianlian.PaymentStatuses()), 10},
		{"processors", len(lianlian.Processors()), 4},
		{"methods", len(lianlian.Methods()), 2},
	}
	for _, c := range counts {
		if c.got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, c.got, c.want)
		}
	}
}

func TestTablesHoldNothingTwice(t *testing.T) {
	t.Parallel()
	seen := map[any]bool{}
	once := func(key any, texts ...string) {
		if seen[key] {
			t.Errorf("%v is listed twice", key)
		}
		seen[key] = true
		for _, text := range texts {
			if text == "" {
				t.Errorf("%v has an empty text", key)
			}
		}
	}
	for _, c := range lianlian.Countries() {
		once("country "+c.Code, c.Name)
		if !lianlian.CountryKnown(c.Code) || !regexp.MustCompile(`^[A-Z]{2}$`).MatchString(c.Code) {
			t.Errorf("country %q", c.Code)
		}
	}
	for _, c := range lianlian.Currencies() {
		once("currency "+c.Code, c.NameEN, c.NameZH)
		if !lianlian.CurrencyKnown(c.Code) || !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(c.Code) {
			t.Errorf("currency %q", c.Code)
		}
	}
	for _, country := range []string{"US", "BR", "CA", "AU"} {
		for _, s := range lianlian.States(country) {
			once("state "+s.Country+s.Code, s.Name)
			if s.Country != country || !lianlian.StateKnown(country, s.Code) {
				t.Errorf("state %+v of %s", s, country)
			}
		}
	}
	for _, c := range lianlian.ReturnCodes() {
		once(c.Code, c.Message)
		if c.HTTPStatus < 200 || c.HTTPStatus > 499 {
			t.Errorf("%s has status %d", c.Code, c.HTTPStatus)
		}
	}
	for _, c := range lianlian.DeclineCodes() {
		once(c.Code, c.DescriptionEN, c.DescriptionZH, c.NextStepEN, c.NextStepZH)
	}
	if lianlian.CountryKnown("hk") || lianlian.CountryKnown("") || lianlian.CurrencyKnown("XXX") || lianlian.StateKnown("US", "ZZ") {
		t.Error("a code that isn't listed is known")
	}
}

func TestConstantsAreListed(t *testing.T) {
	t.Parallel()
	codes := []lianlian.ReturnCode{
		lianlian.CodeSuccess, lianlian.CodeInvalidParameter, lianlian.CodeInvalidSignature, lianlian.CodeInvalidMerchant,
		lianlian.CodeInvalidSecondaryMerchant, lianlian.CodeIPNotAuthorized, lianlian.CodeInactiveMerchant, lianlian.CodeCustomerHasRestrictions,
		lianlian.CodeAnnualLimitExceeded, lianlian.CodeBoletoLimitExceeded, lianlian.CodeFXTransactionLimitExceeded, lianlian.CodeHTTPNotFound,
		lianlian.CodeObjectNotFound, lianlian.CodeExistingObject, lianlian.CodePaymentCompleted, lianlian.CodePaymentClosed,
		lianlian.CodePaymentProcessing, lianlian.CodeShipmentConfirmed, lianlian.CodeSubscriptionDuplicatePayment,
		lianlian.CodeSubscriptionStatusInvalid, lianlian.CodeSubscriptionAmountExceeded, lianlian.CodeSubscriptionNotInCycle,
		lianlian.CodeRefundAmountExceeded, lianlian.CodeNonRefundableOrder, lianlian.CodeRefundAlreadyRequested, lianlian.CodeInsufficientBalance,
		lianlian.CodeNonReissuablePayment, lianlian.CodeErrorDuringOrderProcessing, lianlian.CodeSystemBusy, lianlian.CodeInternalServerError,
	}
	named := map[lianlian.ReturnCode]bool{}
	for _, c := range codes {
		named[c] = true
		if _, ok := c.Info(); !ok {
			t.Errorf("%s is not listed", c)
		}
	}
	if len(named) != 30 {
		t.Errorf("%d return codes have names, want 30", len(named))
	}
	declines := []lianlian.DeclineCode{
		lianlian.DeclineAuthenticationRequired, lianlian.DeclineCardNotSupported, lianlian.DeclineCardVelocityExceeded,
		lianlian.DeclineCurrencyNotSupported, lianlian.DeclineDoNotHonor, lianlian.DeclineDuplicateTransaction, lianlian.DeclineExpiredCard,
		lianlian.DeclineIncorrectNumber, lianlian.DeclineIncorrectCVC, lianlian.DeclineIncorrectZip, lianlian.DeclineInsufficientFunds,
		lianlian.DeclineInvalidAccount, lianlian.DeclineInvalidAmount, lianlian.DeclineInvalidExpiryDate, lianlian.DeclineIssuerNotAvailable,
		lianlian.DeclinePickupCard, lianlian.DeclineProcessingError, lianlian.DeclineGenericDecline,
	}
	for _, c := range declines {
		if info, ok := c.Info(); !ok || info.Code != c {
			t.Errorf("%s is not listed", c)
		}
	}
	if len(declines) != len(lianlian.DeclineCodes()) {
		t.Errorf("%d decline codes have names, want %d", len(declines), len(lianlian.DeclineCodes()))
	}
	if _, ok := lianlian.ReturnCode("SOMETHING_NEW").Info(); ok {
		t.Error("an unlisted return code has a row")
	}
	if _, ok := lianlian.DeclineCode("something_new").Info(); ok {
		t.Error("an unlisted decline code has a row")
	}
}

func TestStatusLevels(t *testing.T) {
	t.Parallel()
	want := map[lianlian.PaymentStatus]int{"IN": 0, "WP": 2, "PP": 3, "PC": 4, "PF": 5, "PS": 6, "RP": 7, "PR": 8, "RS": 9, "CB": 10, "XX": -1, "": -1, "ps": -1}
	for s, level := range want {
		if s.Level() != level || s.Known() != (level >= 0) {
			t.Errorf("%q: level %d, known %v, want %d", s, s.Level(), s.Known(), level)
		}
	}
	last := -1
	for _, s := range lianlian.PaymentStatuses() {
		if s.Level() <= last {
			t.Errorf("%s does not rise", s)
		}
		last = s.Level()
	}
	for _, p := range lianlian.Processors() {
		if !p.Known() {
			t.Errorf("%s is not known", p)
		}
	}
	if lianlian.PaymentProcessor("paypal").Known() || lianlian.PaymentMethod("app_pay").Known() || !lianlian.WapPay.Known() {
		t.Error("wrong wallets or methods are known")
	}
}

func TestListsAreCopies(t *testing.T) {
	t.Parallel()
	lianlian.Countries()[0].Code = "??"
	lianlian.ReturnCodes()[0].Code = "??"
	if lianlian.Countries()[0].Code == "??" || lianlian.ReturnCodes()[0].Code == "??" {
		t.Error("a caller can change the tables")
	}
}
