package lianlian

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxProducts    = 2048 // characters of the products as JSON
	maxInfo        = 1024
	maxURL         = 1024
	maxPaymentURL  = 4096
	maxQuantity    = 9_999_999_999
	defaultCountry = "HK"
)

// Validate checks everything that the guide says of a request (guide 3, 4.1.1): mandatory fields, lengths in
// characters, alphabets, amounts, codes, addresses, and that texts are valid UTF-8 without control characters.
// It returns nil or the faults joined, each a *FieldError; see FieldErrors.
func (r PaymentRequest) Validate() error {
	var c checker
	c.oneOf("payment_processor", string(r.PaymentProcessor), true, stringsOf(Processors())...)
	c.oneOf("payment_method", string(r.PaymentMethod), true, stringsOf(Methods())...)
	c.identifier("merchant_transaction_id", r.MerchantTransactionID, 64)
	c.identifier("merchant_id", r.MerchantID, 32)
	c.amount("transaction_amount", r.TransactionAmount, r.TransactionCurrency)
	if c.mandatory("transaction_currency", r.TransactionCurrency) && !CurrencyKnown(r.TransactionCurrency) {
		c.fault("transaction_currency", "must be a currency of guide 5.3.2")
	}
	if r.TransactionTime.IsZero() {
		c.fault("transaction_time", "is missing")
	} else if y := r.TransactionTime.Year(); y < 2002 || y > 2200 { // outside, the milliseconds don't have 13 digits
		c.fault("transaction_time", "must lie in the years 2002 to 2200")
	}
	c.text("order_description", r.OrderDescription, 256)
	c.url("notification_url", r.NotificationURL)
	if c.mandatory("redirect_url", r.RedirectURL) {
		c.url("redirect_url", r.RedirectURL)
		if strings.Contains(r.RedirectURL, "#") {
			c.fault("redirect_url", "must not contain #")
		}
	}
	if c.mandatory("country", r.Country) && !CountryKnown(r.Country) {
		c.fault("country", "must be a country of guide 5.3.1")
	}
	c.customer(r.Customer)
	c.products(r.Products, r.TransactionCurrency)
	c.terminals(r.UserTerminalData, r.MerchantTerminalData)
	c.info(r.AdditionalInfo)
	return errors.Join(c.errs...)
}

type checker struct {
	errs []error
}

func (c *checker) fault(field, rule string) {
	c.errs = append(c.errs, &FieldError{Field: field, Rule: rule})
}

func (c *checker) mandatory(field, value string) bool {
	if value == "" {
		c.fault(field, "is missing")
		return false
	}
	return true
}

// text checks an optional text.
func (c *checker) text(field, value string, limit int) {
	switch {
	case !utf8.ValidString(value):
		c.fault(field, "must be valid UTF-8")
	case utf8.RuneCountInString(value) > limit:
		c.fault(field, fmt.Sprintf("must be at most %d characters", limit))
	case strings.ContainsFunc(value, unicode.IsControl):
		c.fault(field, "must not contain control characters")
	}
}

func (c *checker) identifier(field, value string, limit int) {
	if !c.mandatory(field, value) {
		return
	}
	switch {
	case utf8.RuneCountInString(value) > limit:
		c.fault(field, fmt.Sprintf("must be at most %d characters", limit))
	case !identifier(value, limit):
		c.fault(field, "must consist of 0-9 A-Z a-z _ and -")
	}
}

func (c *checker) oneOf(field, value string, mandatory bool, allowed ...string) {
	switch {
	case value == "" && !mandatory:
	case value == "":
		c.fault(field, "is missing")
	case !slices.Contains(allowed, value):
		c.fault(field, "must be one of "+strings.Join(allowed, ", "))
	}
}

func (c *checker) amount(field string, a Amount, currency string) {
	switch {
	case a <= 0:
		c.fault(field, "must be above 0.00")
	case a > MaxAmount:
		c.fault(field, "must be at most "+MaxAmount.String())
	case CurrencyWhole(currency) && !a.Whole():
		c.fault(field, "must end in .00 in "+currency)
	}
}

func (c *checker) url(field, value string) {
	if value == "" {
		return
	}
	before := len(c.errs)
	c.text(field, value, maxURL)
	if len(c.errs) > before {
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Contains(value, " ") {
		c.fault(field, "must be an absolute http or https URL")
	}
}

func (c *checker) email(field, value string) {
	c.text(field, value, 64)
	local, domain, ok := strings.Cut(value, "@")
	if value != "" && (!ok || local == "" || domain == "" || strings.ContainsAny(value, " \t\"<>()") || strings.Contains(domain, "@")) {
		c.fault(field, "must be an e-mail address")
	}
}

func (c *checker) phone(field, value string) {
	if value == "" {
		return
	}
	area, number, _ := strings.Cut(strings.TrimPrefix(value, "+"), "-")
	if !strings.HasPrefix(value, "+") || !digits(area) || len(area) > 4 || !digits(number) || len(number) < 4 || len(value) > 32 {
		c.fault(field, "must be +<area code>-<number>, at most 32 characters")
	}
}

func (c *checker) customer(p *Customer) {
	if p == nil {
		return
	}
	c.text("customer.openid", p.OpenID, 128)
	c.text("customer.first_name", p.FirstName, 64)
	c.text("customer.last_name", p.LastName, 64)
	c.text("customer.full_name", p.FullName, 128)
	c.oneOf("customer.gender", p.Gender, false, "male", "female", "undefined")
	c.oneOf("customer.id_type", p.IDType, false, "CPF", "CNPJ")
	c.text("customer.id_no", p.IDNo, 32)
	c.email("customer.email", p.Email)
	c.phone("customer.phone", p.Phone)
	c.text("customer.company", p.Company, 128)
	c.text("customer.line1", p.Line1, 256)
	c.text("customer.line2", p.Line2, 256)
	c.text("customer.city", p.City, 64)
	c.text("customer.state", p.State, 64)
	c.text("customer.postal_code", p.PostalCode, 32)
	if p.Country != "" && !CountryKnown(p.Country) {
		c.fault("customer.country", "must be a country of guide 5.3.1")
	}
	switch p.Country {
	case "US", "BR", "CA":
		if p.State != "" && !StateKnown(p.Country, p.State) {
			c.fault("customer.state", "must be a state of guide 5.3.3 for "+p.Country)
		}
	}
}

func (c *checker) products(products []Product, currency string) {
	for i, p := range products {
		at := fmt.Sprintf("products[%d].", i)
		if c.mandatory(at+"product_id", p.ProductID) {
			c.text(at+"product_id", p.ProductID, 64)
		}
		c.text(at+"wxpay_product_id", p.WxpayProductID, 64)
		if c.mandatory(at+"name", p.Name) {
			c.text(at+"name", p.Name, 128)
		}
		c.text(at+"description", p.Description, 128)
		if strings.ContainsAny(p.Description, `"\`) {
			c.fault(at+"description", `must not contain " or \`)
		}
		c.amount(at+"cost_price", p.CostPrice, currency)
		c.amount(at+"price", p.Price, currency)
		if p.Quantity < 1 || p.Quantity > maxQuantity {
			c.fault(at+"quantity", fmt.Sprintf("must be 1 to %d", int64(maxQuantity)))
		}
		c.text(at+"category", p.Category, 64)
		c.text(at+"sku", p.SKU, 128)
		c.url(at+"url", p.URL)
		c.text(at+"receipt_id", p.ReceiptID, 64)
		c.text(at+"shipping_provider", p.ShippingProvider, 64)
	}
	if len(products) > 0 && productsLength(products) > maxProducts {
		c.fault("products", fmt.Sprintf("must be at most %d characters as JSON", maxProducts))
	}
}

func (c *checker) terminals(u *UserTerminalData, m *MerchantTerminalData) {
	if u != nil {
		c.text("user_terminal_data.order_ip", u.OrderIP, 64)
		c.oneOf("user_terminal_data.client_mode", u.ClientMode, false, "18", "16", "13", "10", "0")
		c.oneOf("user_terminal_data.client_app_type", u.ClientAppType, false, "0", "1", "2")
		c.text("user_terminal_data.client_app_name", u.ClientAppName, 64)
		c.text("user_terminal_data.app_package_name", u.AppPackageName, 128)
		c.text("user_terminal_data.app_bundle_id", u.AppBundleID, 128)
		c.text("user_terminal_data.client_android_imei", u.ClientAndroidIMEI, 64)
		c.text("user_terminal_data.client_android_sim_id", u.ClientAndroidSIMID, 64)
		c.text("user_terminal_data.client_ios_machine_id", u.ClientIOSMachineID, 128)
	}
	if m != nil {
		c.text("merchant_terminal_data.terminal_id", m.TerminalID, 64)
		c.text("merchant_terminal_data.order_ip", m.OrderIP, 64)
	}
}

func (c *checker) info(a *AdditionalInfo) {
	if a == nil {
		return
	}
	c.text("additional_info.merchant_user_id", a.MerchantUserID, 64)
	c.email("additional_info.merchant_user_email", a.MerchantUserEmail)
	c.text("additional_info.merchant_user_login_name", a.MerchantUserLoginName, 64)
	c.text("additional_info.user_register_ip", a.UserRegisterIP, 64)
	c.phone("additional_info.user_register_phone", a.UserRegisterPhone)
	c.text("additional_info.user_register_terminal", a.UserRegisterTerminal, 64)
	if y := a.UserRegisterTime.Year(); !a.UserRegisterTime.IsZero() && (y < 1970 || y > 2200) {
		c.fault("additional_info.user_register_time", "must lie in the years 1970 to 2200")
	}
	c.oneOf("additional_info.need_receipt", a.NeedReceipt, false, "Y", "N")
	c.text("additional_info.goods_tag", a.GoodsTag, 64)
	text, err := a.text(nil)
	if err != nil || utf8.RuneCountInString(text) > maxInfo {
		c.fault("additional_info", fmt.Sprintf("must be at most %d characters as JSON", maxInfo))
	}
}

func stringsOf[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
