package checkout

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// request translates the order's present payment for the gateway (guide 4.1.1).
func (c *Checkout) request(o models.Order, p models.Payment, t models.Terminal) lianlian.PaymentRequest {
	name := c.shopName(o.Language)
	products := make([]lianlian.Product, 0, len(o.Lines))
	for _, l := range o.Lines {
		title := l.Name.In(o.Language)
		if variant := l.VariantName.In(o.Language); variant != "" {
			title += ", " + variant
		}
		page := "/products/" + l.ProductSlug
		if l.ProductSlug == "" {
			page = "/"
		}
		products = append(products, lianlian.Product{
			ProductID: cut(l.SKU, 64), Name: cut(title, 128), CostPrice: lianlian.Amount(l.CostPrice.Amount), Price: lianlian.Amount(l.Price.Amount),
			Quantity: l.Quantity, Category: cut(l.Category.In(o.Language), 64), SKU: l.SKU, URL: c.url(page),
		})
	}
	customer := customerFields(o.Customer)
	var info *lianlian.AdditionalInfo
	if t.Official(p.Processor) && p.Method == models.WapPay {
		info = &lianlian.AdditionalInfo{OfficialAccounts: true}
		customer.OpenID = cmp.Or(t.OpenID, customer.OpenID)
	}
	return lianlian.PaymentRequest{
		PaymentProcessor: lianlian.PaymentProcessor(p.Processor), PaymentMethod: lianlian.PaymentMethod(p.Method),
		MerchantTransactionID: p.MerchantTransactionID, MerchantID: c.o.Client.MerchantID, Customer: &customer,
		Products: lianlian.FitProducts(products), OrderDescription: cut(strings.TrimSpace(name+" "+o.Number), 256),
		TransactionAmount: lianlian.Amount(p.Money.Amount), TransactionCurrency: p.Money.Currency, TransactionTime: o.CreatedAt,
		UserTerminalData: &lianlian.UserTerminalData{OrderIP: t.IP, ClientMode: t.Mode, ClientAppType: t.AppType, ClientAppName: cut(t.App, 64)},
		AdditionalInfo:   info,
		NotificationURL:  c.url("/lianlian/notify"), RedirectURL: c.url("/lianlian/return/" + o.Token), Country: c.o.Country,
	}
}

func customerFields(m models.Customer) lianlian.Customer {
	return lianlian.Customer{
		OpenID: m.OpenID, FirstName: m.FirstName, LastName: m.LastName, FullName: m.FullName, Gender: m.Gender, IDType: m.IDType, IDNo: m.IDNo,
		Email: m.Email, Phone: m.Phone, Company: m.Company, Line1: m.Line1, Line2: m.Line2, City: m.City, State: m.State,
		Country: m.Country, PostalCode: m.PostalCode,
	}
}

// cut shortens a text of ours to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

func (c *Checkout) url(path string) string {
	return strings.TrimSuffix(c.o.BaseURL.String(), "/") + path
}

// invalid translates what the gateway's limits forbid into the form's fields: "customer.phone" is "phone".
func invalid(err error) error {
	var in models.InvalidError
	for _, f := range lianlian.FieldErrors(err) {
		rule, limit := shortRule(f.Rule)
		in.Fields = append(in.Fields, models.FieldError{Field: strings.TrimPrefix(f.Field, "customer."), Rule: rule, Limit: limit})
	}
	if len(in.Fields) == 0 {
		return err
	}
	return &in
}

// shortRule is the page's short code for a rule of the gateway's limits, which lianlian words for programmers.
func shortRule(rule string) (code string, limit int) {
	if _, err := fmt.Sscanf(rule, "must be at most %d", &limit); err == nil {
		return "too_long", limit
	}
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(rule, p) })
	}
	switch {
	case has("is missing"):
		return "required", 0
	case has("must not contain", "must be valid"):
		return "characters", 0
	case has("must be one of", "of guide 5.3."):
		return "unknown", 0
	}
	return "format", 0
}

// created is the evidence of a create answer. The client has verified it and compared ids, amount and currency.
func (c *Checkout) created(p models.Payment, a *lianlian.Payment) (models.Evidence, error) {
	ev := models.Evidence{
		Source: models.SourceCreate, MerchantID: c.o.Client.MerchantID, MerchantTransactionID: a.MerchantTransactionID,
		LLTransactionID: a.LLTransactionID, Status: models.StatusWaitingPayment, Money: models.Money{Amount: int64(a.TransactionAmount), Currency: a.TransactionCurrency},
		TraceID: a.TraceID, QRContent: a.QRCode, Method: p.Method, Processor: p.Processor, Raw: a.Raw, ReceivedAt: c.o.Now().UTC(),
	}
	u, err := url.Parse(a.PaymentURL)
	switch {
	case err != nil:
		return ev, fmt.Errorf("payment_url can't be read")
	case u.Scheme == "https" && u.Host != "":
		ev.PaymentURL = a.PaymentURL
	case u.Scheme == "http" && !c.o.Production && (loopback(u.Hostname()) || c.o.Simulator != nil && u.Host == c.o.BaseURL.Host):
		ev.PaymentURL = a.PaymentURL
	case u.Scheme == "http":
		return ev, errors.New("payment_url isn't https: the buyer is not sent there")
	case ev.QRContent == "":
		// A wallet's own code, like weixin://: only its scanner can read it.
		ev.QRContent = a.PaymentURL
	}
	return ev, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// stated is the evidence of a message that names a payment's state: notification, return, query answer.
func (c *Checkout) stated(source models.Source, s lianlian.PaymentState) models.Evidence {
	ev := models.Evidence{
		Source: source, MerchantID: s.MerchantID, MerchantTransactionID: s.MerchantTransactionID, LLTransactionID: s.LLTransactionID,
		Status: models.Status(s.TransactionStatus), Money: models.Money{Amount: int64(s.TransactionAmount), Currency: s.TransactionCurrency},
		PaidAt: s.PaymentTime.UTC(), TraceID: s.TraceID, Raw: s.Raw, ReceivedAt: c.o.Now().UTC(),
	}
	if s.SettlementAmount != nil {
		currency := s.SettlementCurrency
		if currency == "" {
			currency = "USD" // guide 4.1.2
		}
		ev.Settlement = &models.Money{Amount: int64(*s.SettlementAmount), Currency: currency}
	}
	return ev
}

// unread translates what is wrong with a message from outside.
func unread(err error) error {
	switch {
	case errors.Is(err, lianlian.ErrSignature):
		return fmt.Errorf("%w: %w", models.ErrSignature, err)
	case errors.Is(err, lianlian.ErrMalformed):
		return fmt.Errorf("%w: %w", models.ErrMalformed, err)
	}
	return err
}

// buyersFields are the fields of guide 3.2 that no other part of a request shares its name with: the guide doesn't say whether
// the gateway names them with "customer." before them. A country alone is the merchant's (guide 4.1.1).
var buyersFields = strings.Fields("full_name first_name last_name gender id_type id_no email phone company line1 line2 city state postal_code")

// declined is the buyer's side of a refusal.
func declined(e *lianlian.Error) *models.DeclinedError {
	d := &models.DeclinedError{ReturnCode: string(e.ReturnCode), DeclineCode: string(e.DeclineCode), TraceID: e.TraceID}
	if e.ReturnCode == lianlian.CodeInvalidParameter {
		// "<parameter name> is empty or incorrect" (guide 5.3.4)
		name, _, _ := strings.Cut(strings.TrimSpace(e.ReturnMsg), " ")
		field, prefixed := strings.CutPrefix(name, "customer.")
		if prefixed || slices.Contains(buyersFields, field) {
			d.Field = field
		}
	}
	return d
}

// needsOperator tells whether a refusal means that our side is set up wrongly: no buyer can mend it.
func needsOperator(code lianlian.ReturnCode) bool {
	return slices.Contains([]lianlian.ReturnCode{
		lianlian.CodeInvalidSignature, lianlian.CodeInvalidMerchant, lianlian.CodeInvalidSecondaryMerchant, lianlian.CodeIPNotAuthorized,
		lianlian.CodeInactiveMerchant, lianlian.CodeNonReissuablePayment, lianlian.CodeHTTPNotFound,
	}, code)
}

// saysState tells whether a refusal is really news about the payment (guide 4.1.1, Note A). It is asked back, because a
// refusal may be unsigned.
func saysState(code lianlian.ReturnCode) bool {
	return slices.Contains([]lianlian.ReturnCode{
		lianlian.CodePaymentCompleted, lianlian.CodePaymentClosed, lianlian.CodePaymentProcessing, lianlian.CodeExistingObject,
	}, code)
}
