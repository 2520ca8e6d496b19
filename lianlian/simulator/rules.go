package simulator

import (
	"slices"
	"strings"

	"lianlian-checkout/lianlian"
)

// kind is the JSON type of a field.
type kind int

const (
	text     kind = iota // a string
	integer              // a number without fraction or exponent
	clock                // a time: a number, or a string of digits, as LianLian's own clients send either
	flag                 // true; false is never sent (guide 2.2)
	objectOf             // an object that follows rule.inside
	listOf               // an array of such objects
	jsonText             // a string that holds such an object
)

// rule is one row of the guide's tables. An optional field may be absent or an empty string; null is always refused.
type rule struct {
	field     string
	kind      kind
	mandatory bool
	max       int // characters; 0: no limit of its own
	accept    func(v string, at object, in *submission) bool
	inside    []rule
}

// paymentRules is guide 4.1.1.
var paymentRules = []rule{
	{field: "payment_processor", mandatory: true, max: 32, accept: oneOf("alipayhk", "alipaycn", "wechathk", "wechatcn")},
	{field: "payment_method", mandatory: true, max: 32, accept: oneOf("web_pay", "wap_pay")},
	{field: "merchant_transaction_id", mandatory: true, max: 64, accept: isID},
	{field: "merchant_id", mandatory: true, max: 32, accept: isOwnMerchant},
	{field: "customer", kind: objectOf, inside: customerRules},
	{field: "transaction_currency", mandatory: true, max: 3, accept: isCurrency},
	{field: "products", kind: listOf, max: 2048, inside: productRules},
	{field: "order_description", max: 256},
	{field: "transaction_amount", mandatory: true, max: 15, accept: isPositiveMoney},
	{field: "transaction_time", kind: clock, mandatory: true, max: 15, accept: isTransactionTime},
	{field: "user_terminal_data", kind: objectOf, inside: userTerminalRules},
	{field: "merchant_terminal_data", kind: objectOf, inside: merchantTerminalRules},
	{field: "additional_info", kind: jsonText, max: 1024, inside: additionalInfoRules},
	{field: "notification_url", max: 1024, accept: isURL},
	{field: "redirect_url", mandatory: true, max: 1024, accept: isRedirectURL},
	{field: "country", mandatory: true, max: 2, accept: isCountry},
}

// productRules is guide 3.1.
var productRules = []rule{
	{field: "product_id", mandatory: true, max: 64},
	{field: "wxpay_product_id", max: 64},
	{field: "name", mandatory: true, max: 128},
	{field: "description", max: 128, accept: isPlain},
	{field: "cost_price", mandatory: true, max: 15, accept: isMoney},
	{field: "price", mandatory: true, max: 15, accept: isMoney},
	{field: "quantity", kind: integer, mandatory: true, max: 10, accept: isPositive},
	{field: "category", max: 64},
	{field: "sku", max: 128},
	{field: "url", max: 1024, accept: isURL},
	{field: "receipt_id", max: 64},
	{field: "shipping_provider", max: 64},
}

// customerRules is guide 3.2.
var customerRules = []rule{
	{field: "openid", max: 128},
	{field: "first_name", max: 64},
	{field: "last_name", max: 64},
	{field: "full_name", max: 128},
	{field: "gender", max: 16, accept: oneOf("male", "female", "undefined")},
	{field: "id_type", max: 16, accept: oneOf("CPF", "CNPJ")},
	{field: "id_no", max: 32},
	{field: "email", max: 64, accept: isEmail},
	{field: "phone", max: 32, accept: isPhone},
	{field: "company", max: 128},
	{field: "line1", max: 256},
	{field: "line2", max: 256},
	{field: "city", max: 64},
	{field: "state", max: 64, accept: isState},
	{field: "country", max: 2, accept: isCountry},
	{field: "postal_code", max: 32},
}

// userTerminalRules is guide 3.3.
var userTerminalRules = []rule{
	{field: "order_ip", max: 64, accept: isIP},
	{field: "client_mode", max: 8, accept: oneOf("18", "16", "13", "10", "0")},
	{field: "client_app_type", max: 2, accept: oneOf("0", "1", "2")},
	{field: "client_app_name", max: 64},
	{field: "app_package_name", max: 128},
	{field: "app_bundle_id", max: 128},
	{field: "client_android_imei", max: 64},
	{field: "client_android_sim_id", max: 64},
	{field: "client_ios_machine_id", max: 128},
}

// merchantTerminalRules is guide 3.4.
var merchantTerminalRules = []rule{
	{field: "terminal_id", max: 64},
	{field: "order_ip", max: 64, accept: isIP},
}

// additionalInfoRules is the inside of additional_info (guide 4.1.1).
var additionalInfoRules = []rule{
	{field: "merchant_user_id", max: 64},
	{field: "merchant_user_email", accept: isEmail},
	{field: "merchant_user_login_name", max: 64},
	{field: "user_register_ip", max: 64, accept: isIP},
	{field: "user_register_phone", max: 32, accept: isPhone},
	{field: "user_register_terminal"},
	{field: "user_register_time", max: 14, accept: isRegisterTime},
	{field: "need_receipt", accept: oneOf("Y", "N")},
	{field: "goods_tag"},
	{field: "official_accounts", kind: flag},
}

// refundRules is the sibling v3 API's request for a refund, as far as it is known; merchant_id may be left out, as the path has it.
var refundRules = []rule{
	{field: "merchant_transaction_id", mandatory: true, max: 64, accept: isID},
	{field: "merchant_id", max: 32, accept: isOwnMerchant},
	{field: "original_transaction_id", mandatory: true, max: 64, accept: isID},
	{field: "merchant_refund_time", kind: clock, mandatory: true, max: 15, accept: isTransactionTime},
	{field: "refund_data", kind: objectOf, mandatory: true, inside: []rule{
		{field: "refund_currency_code", mandatory: true, max: 3, accept: isCurrency},
		{field: "refund_amount", mandatory: true, max: 15, accept: isPositiveRefund},
		{field: "reason", max: 256},
	}},
}

// cancelRules is cancelpay's: all that it needs is in the path.
var cancelRules = []rule{
	{field: "merchant_transaction_id", max: 64, accept: isID},
	{field: "merchant_id", max: 32, accept: isOwnMerchant},
}

func isPositiveRefund(v string, at object, _ *submission) bool {
	currency, _ := at["refund_currency_code"].(string)
	return money.MatchString(v) && strings.Trim(v, "0.") != "" && (currency != "JPY" && currency != "KRW" || strings.HasSuffix(v, ".00"))
}

func oneOf(values ...string) func(string, object, *submission) bool {
	return func(v string, _ object, _ *submission) bool { return slices.Contains(values, v) }
}

func isID(v string, _ object, _ *submission) bool { return idAlphabet.MatchString(v) }

func isOwnMerchant(v string, _ object, in *submission) bool { return v == in.merchantID }

func isCurrency(v string, _ object, _ *submission) bool { return lianlian.CurrencyKnown(v) }

func isCountry(v string, _ object, _ *submission) bool { return lianlian.CountryKnown(v) }

// isState holds a state to guide 5.3.3 in the countries that guide 3.2 names; elsewhere anything goes.
func isState(v string, at object, _ *submission) bool {
	country, _ := at["country"].(string)
	if country != "US" && country != "BR" && country != "CA" {
		return true
	}
	return slices.ContainsFunc(lianlian.States(country), func(s lianlian.State) bool { return s.Code == v })
}

// isPlain refuses what guide 3.1 calls quotes and other special characters, without a list: here those that break out of
// a JSON string or of a line.
func isPlain(v string, _ object, _ *submission) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f || r == '"' || r == '\\' })
}
