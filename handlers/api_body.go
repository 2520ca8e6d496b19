package handlers

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// sessionBody is the body of POST /api/v1/sessions.
type sessionBody struct {
	Items            []itemBody        `json:"items"`
	Customer         map[string]string `json:"customer"` // guide 3.2
	PaymentProcessor *string           `json:"payment_processor"`
	PaymentMethod    *string           `json:"payment_method"`
	Reference        string            `json:"reference"`
	ReturnURL        *string           `json:"return_url"`
	CancelURL        *string           `json:"cancel_url"`
	Locale           *string           `json:"locale"`
	ExpiresIn        *int64            `json:"expires_in"` // seconds
}

type itemBody struct {
	SKU      *string `json:"sku"`
	Name     *string `json:"name"`
	Price    *string `json:"price"`
	Quantity *int64  `json:"quantity"`
}

// Limits of what a session may say.
const (
	longestReference = 128 // characters
	longestName      = 128 // characters, the gateway's (guide 3.1)
	longestReturn    = 2048
	shortestSession  = int64(time.Minute / time.Second)
	longestSession   = int64(24 * time.Hour / time.Second)
)

var priceForm = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{2}$`)

// sessionRequest checks all that the body says by itself, and names everything that is wrong with it.
func (h *Handler) sessionRequest(b sessionBody) (req SessionRequest, faults []fault) {
	wrong := func(pointer, detail string) { faults = append(faults, fault{Pointer: pointer, Detail: detail}) }
	if len(b.Items) == 0 || len(b.Items) > models.MaxCartLines {
		wrong("/items", fmt.Sprintf("must have 1 to %d items", models.MaxCartLines))
	}
	for i, it := range b.Items[:min(len(b.Items), models.MaxCartLines)] {
		item, bad := it.read(fmt.Sprintf("/items/%d", i), h.o.Currency)
		req.Items, faults = append(req.Items, item), append(faults, bad...)
	}
	customer, bad := h.apiCustomer(b.Customer)
	req.Customer, faults = customer, append(faults, bad...)

	req.Method = models.WebPay
	if p := b.PaymentProcessor; p != nil {
		req.Processor = models.Processor(*p)
		if !slices.Contains(h.o.Processors, req.Processor) {
			wrong("/payment_processor", "must be one of the shop's wallets: "+join(h.o.Processors)+"; leave it out to let the buyer choose")
		}
	}
	if m := b.PaymentMethod; m != nil {
		req.Method = models.Method(*m)
		switch {
		case req.Method != models.WebPay && req.Method != models.WapPay:
			wrong("/payment_method", "must be web_pay or wap_pay")
		case b.PaymentProcessor == nil:
			wrong("/payment_method", "needs payment_processor beside it")
		}
	}
	req.Reference = b.Reference
	if utf8.RuneCountInString(req.Reference) > longestReference || strings.ContainsFunc(req.Reference, unicode.IsControl) || strings.TrimSpace(req.Reference) != req.Reference {
		wrong("/reference", fmt.Sprintf("must have at most %d characters, without control characters and without blanks at its ends", longestReference))
	}
	for _, to := range []struct {
		pointer string
		in      *string
		out     *string
	}{{"/return_url", b.ReturnURL, &req.ReturnURL}, {"/cancel_url", b.CancelURL, &req.CancelURL}} {
		if to.in == nil {
			continue
		}
		address, problem := h.leadsBack(*to.in)
		if *to.out = address; problem != "" {
			wrong(to.pointer, problem)
		}
	}
	if b.Locale != nil {
		if req.Language = *b.Locale; !slices.Contains(views.Languages, req.Language) {
			wrong("/locale", "must be one of "+join(views.Languages))
		}
	}
	if b.ExpiresIn != nil {
		if *b.ExpiresIn < shortestSession || *b.ExpiresIn > longestSession {
			wrong("/expires_in", fmt.Sprintf("must be %d to %d seconds", shortestSession, longestSession))
		} else {
			req.ExpiresIn = time.Duration(*b.ExpiresIn) * time.Second
		}
	}
	return req, faults
}

// read checks one item. With a sku the shelf knows the rest; without, name and price are the merchant's.
func (b itemBody) read(at, currency string) (it SessionItem, faults []fault) {
	wrong := func(part, detail string) { faults = append(faults, fault{Pointer: at + part, Detail: detail}) }
	it.Quantity = 1
	if b.Quantity != nil {
		it.Quantity = *b.Quantity
	}
	if it.Quantity < 1 || it.Quantity > models.MaxQuantity {
		wrong("/quantity", fmt.Sprintf("must be 1 to %d", models.MaxQuantity))
	}
	switch {
	case b.SKU != nil && b.Name != nil:
		wrong("/name", "must be left out beside sku: an item has either a sku, or a name and a price")
	case b.SKU != nil:
		if it.SKU = *b.SKU; !validSKU(it.SKU) {
			wrong("/sku", "is not on the shop's shelf")
		}
	case b.Name == nil && b.Price == nil:
		wrong("", "needs a sku, or a name and a price")
	case b.Name == nil:
		wrong("/name", "is missing beside price")
	case b.Price == nil:
		wrong("/price", "is missing beside name")
	}
	if b.Name != nil {
		it.Name = tidy(*b.Name)
		if n := utf8.RuneCountInString(it.Name); n < 1 || n > longestName {
			wrong("/name", fmt.Sprintf("must have 1 to %d characters", longestName))
		}
	}
	if b.Price != nil {
		amount, err := models.ParseAmount(*b.Price)
		switch {
		case err != nil || !priceForm.MatchString(*b.Price):
			wrong("/price", `must be a string with two decimals, like "100.00"`)
		case models.WholeUnits(currency) && amount%100 != 0:
			wrong("/price", "must end in .00: "+currency+" has no decimals")
		case amount == 0:
			wrong("/price", "must be more than 0.00")
		}
		it.Amount = amount
	}
	return it, faults
}

// apiCustomer reads the customer's fields as the checkout form does; none is required here.
func (h *Handler) apiCustomer(fieldsGiven map[string]string) (models.Customer, []fault) {
	var faults []fault
	f := customerForm{values: url.Values{}}
	for name, value := range fieldsGiven {
		if !isCustomerField(name) {
			faults = append(faults, fault{Pointer: "/customer/" + escapePointer(name), Detail: "is not a field of guide 3.2"})
			continue
		}
		f.values.Set(name, value)
	}
	f.parse(h.o.Shop, nil, nil)
	id := f.values.Get("openid")
	if len(id) > longestOpenID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		faults = append(faults, fault{Pointer: "/customer/openid", Detail: fmt.Sprintf("must have at most %d ASCII characters without blanks", longestOpenID)})
	}
	f.customer.OpenID = id
	for _, e := range f.errors {
		faults = append(faults, fault{Pointer: "/customer/" + e.Field, Detail: ruleInWords(e)})
	}
	slices.SortFunc(faults, func(a, b fault) int { return strings.Compare(a.Pointer, b.Pointer) })
	return f.customer, faults
}

func isCustomerField(name string) bool {
	return name == "openid" || slices.ContainsFunc(fields, func(f field) bool { return f.name == name })
}

// escapePointer writes a name as a part of a JSON pointer (RFC 6901), shortened when it is long.
func escapePointer(name string) string {
	if r := []rune(name); len(r) > 40 {
		name = string(r[:40])
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// leadsBack checks a return_url or cancel_url: absolute, at one of the listed origins, exactly; https, or http on loopback outside production.
func (h *Handler) leadsBack(raw string) (address, problem string) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > longestReturn || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) ||
		u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return "", fmt.Sprintf("must be an absolute URL of at most %d ASCII characters, without user name and fragment", longestReturn)
	case u.Scheme != "https" && (u.Scheme != "http" || h.o.Production || !loopback(u.Hostname())):
		return "", "must be https"
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); (u.Scheme == "https" && port == "443") || (u.Scheme == "http" && port == "80") {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if !slices.Contains(h.o.ReturnOrigins, u.Scheme+"://"+host) {
		return "", "must lead to one of the origins in the shop's api.return_origins"
	}
	return u.String(), ""
}

func join[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}
