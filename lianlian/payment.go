package lianlian

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// Product is one line of a cart (guide 3.1). Lengths are in characters.
type Product struct {
	ProductID      string // mandatory, 64
	WxpayProductID string // the id at WeChat, 64
	Name           string // mandatory, 128
	// Description is at most 128, without " and \ and control characters.
	Description string
	// CostPrice is the price of one piece before discount; mandatory, above zero.
	CostPrice Amount
	// Price is the price of one piece after discount; mandatory, above zero.
	Price            Amount
	Quantity         int64  // mandatory, 1 to 9999999999
	Category         string // 64
	SKU              string // 128; cards need it
	URL              string // absolute http or https, 1024
	ReceiptID        string // 64
	ShippingProvider string // 64; cards need it
}

// Customer is the buyer (guide 3.2). All fields are optional; lengths are in characters.
type Customer struct {
	OpenID     string // the buyer's id at WeChat, 128
	FirstName  string // 64
	LastName   string // 64
	FullName   string // person or company, 128
	Gender     string // male, female, undefined
	IDType     string // CPF, CNPJ
	IDNo       string // 32
	Email      string // 64
	Phone      string // +<area code>-<number>, 32
	Company    string // 128
	Line1      string // 256
	Line2      string // 256
	City       string // 64
	State      string // 64; in US, BR and CA a code of States
	Country    string // a code of Countries
	PostalCode string // 32
}

// LogValue keeps personal data out of logs.
func (Customer) LogValue() slog.Value { return slog.StringValue("[personal data]") }

// UserTerminalData describes the buyer's device (guide 3.3). All fields are optional.
type UserTerminalData struct {
	OrderIP            string // 64
	ClientMode         string // 18 IVR, 16 WAP, 13 PC, 10 app, 0 deduction by the merchant
	ClientAppType      string // 0 iOS, 1 Android, 2 Windows Phone
	ClientAppName      string // 64
	AppPackageName     string // 128
	AppBundleID        string // 128
	ClientAndroidIMEI  string // 64
	ClientAndroidSIMID string // 64
	ClientIOSMachineID string // 128
}

// LogValue keeps personal data out of logs.
func (UserTerminalData) LogValue() slog.Value { return slog.StringValue("[personal data]") }

// MerchantTerminalData describes the merchant's device (guide 3.4). All fields are optional.
type MerchantTerminalData struct {
	TerminalID string // 64
	OrderIP    string // 64
}

// AdditionalInfo is what else the wallets like to know (guide 4.1.1). It travels as a JSON string of at most
// 1024 characters. All fields are optional.
type AdditionalInfo struct {
	MerchantUserID        string    // the buyer's id at the shop, 64
	MerchantUserEmail     string    // 64
	MerchantUserLoginName string    // 64
	UserRegisterIP        string    // 64
	UserRegisterPhone     string    // +<area code>-<number>, 32
	UserRegisterTerminal  string    // such as "android", 64
	UserRegisterTime      time.Time // sent as yyyyMMddHHmmss in the client's zone
	NeedReceipt           string    // Y or N
	GoodsTag              string    // promotion mark, 64
	OfficialAccounts      bool      // paid inside WeChat by an official account
}

// LogValue keeps personal data out of logs.
func (AdditionalInfo) LogValue() slog.Value { return slog.StringValue("[personal data]") }

// PaymentRequest asks the gateway for a payment (guide 4.1.1). Lengths are in characters.
type PaymentRequest struct {
	PaymentProcessor PaymentProcessor // mandatory
	PaymentMethod    PaymentMethod    // mandatory
	// MerchantTransactionID is the merchant's own id for this payment: mandatory, unique for ever, 1 to 64
	// of 0-9 A-Z a-z _ and -. Sent again, it must carry the same amount and currency (guide 4.1.1, Note A).
	MerchantTransactionID string
	// MerchantID is mandatory, 32. Client fills it in.
	MerchantID string
	Customer   *Customer
	// Products are at most 2048 characters as JSON: see FitProducts.
	Products []Product
	// OrderDescription is shown on the cashier page; 256.
	OrderDescription string
	// TransactionAmount is what the buyer pays, without tax; mandatory, above zero. In JPY and KRW it must be whole.
	TransactionAmount   Amount
	TransactionCurrency string // mandatory, a code of Currencies
	// TransactionTime is when the order was made; mandatory. Client fills in the present time.
	TransactionTime      time.Time
	UserTerminalData     *UserTerminalData
	MerchantTerminalData *MerchantTerminalData
	AdditionalInfo       *AdditionalInfo
	// NotificationURL is where notifications go: absolute http or https, 1024. Without it none are sent.
	NotificationURL string
	// RedirectURL is where the buyer goes after paying: mandatory, absolute http or https, 1024, without #.
	RedirectURL string
	// Country is the country of acquiring, the merchant's, not the buyer's: mandatory, a code of Countries.
	// Client fills in HK.
	Country string
}

// LogValue gives ids and money, and keeps personal data out of logs.
func (r PaymentRequest) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("merchant_transaction_id", r.MerchantTransactionID),
		slog.String("payment_processor", string(r.PaymentProcessor)),
		slog.String("transaction_amount", r.TransactionAmount.String()),
		slog.String("transaction_currency", r.TransactionCurrency),
	)
}

// Payment is the gateway's answer to a PaymentRequest (guide 4.1.1). Its ids, amount and currency are those
// of the request.
type Payment struct {
	LLTransactionID       string
	MerchantTransactionID string
	// PaymentURL is where the buyer pays: an absolute URL, or a wallet's own such as weixin://…; at most
	// 4096 characters. The signature pins it down to the first & only, so scheme, host and path are sure.
	PaymentURL string
	// QRCode is content meant for a QR code, to be preferred to PaymentURL for one. Often empty.
	QRCode              string
	TransactionCurrency string
	TransactionAmount   Amount
	// TraceID identifies the call to LianLian's support.
	TraceID string
	// Raw is the answer's body as it came, for the record.
	Raw []byte
}

// The wire forms leave every empty field out, because LianLian's clients disagree on how an empty field is
// signed (guide 2.2).

type wireProduct struct {
	ProductID        string `json:"product_id,omitempty"`
	WxpayProductID   string `json:"wxpay_product_id,omitempty"`
	Name             string `json:"name,omitempty"`
	Description      string `json:"description,omitempty"`
	CostPrice        string `json:"cost_price,omitempty"`
	Price            string `json:"price,omitempty"`
	Quantity         int64  `json:"quantity,omitempty"`
	Category         string `json:"category,omitempty"`
	SKU              string `json:"sku,omitempty"`
	URL              string `json:"url,omitempty"`
	ReceiptID        string `json:"receipt_id,omitempty"`
	ShippingProvider string `json:"shipping_provider,omitempty"`
}

type wireCustomer struct {
	OpenID     string `json:"openid,omitempty"`
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	FullName   string `json:"full_name,omitempty"`
	Gender     string `json:"gender,omitempty"`
	IDType     string `json:"id_type,omitempty"`
	IDNo       string `json:"id_no,omitempty"`
	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Company    string `json:"company,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	Country    string `json:"country,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
}

type wireUserTerminal struct {
	OrderIP            string `json:"order_ip,omitempty"`
	ClientMode         string `json:"client_mode,omitempty"`
	ClientAppType      string `json:"client_app_type,omitempty"`
	ClientAppName      string `json:"client_app_name,omitempty"`
	AppPackageName     string `json:"app_package_name,omitempty"`
	AppBundleID        string `json:"app_bundle_id,omitempty"`
	ClientAndroidIMEI  string `json:"client_android_imei,omitempty"`
	ClientAndroidSIMID string `json:"client_android_sim_id,omitempty"`
	ClientIOSMachineID string `json:"client_ios_machine_id,omitempty"`
}

type wireMerchantTerminal struct {
	TerminalID string `json:"terminal_id,omitempty"`
	OrderIP    string `json:"order_ip,omitempty"`
}

type wireInfo struct {
	MerchantUserID        string `json:"merchant_user_id,omitempty"`
	MerchantUserEmail     string `json:"merchant_user_email,omitempty"`
	MerchantUserLoginName string `json:"merchant_user_login_name,omitempty"`
	UserRegisterIP        string `json:"user_register_ip,omitempty"`
	UserRegisterPhone     string `json:"user_register_phone,omitempty"`
	UserRegisterTerminal  string `json:"user_register_terminal,omitempty"`
	UserRegisterTime      string `json:"user_register_time,omitempty"`
	NeedReceipt           string `json:"need_receipt,omitempty"`
	GoodsTag              string `json:"goods_tag,omitempty"`
	OfficialAccounts      bool   `json:"official_accounts,omitempty"`
}

type wirePayment struct {
	MerchantID            string                `json:"merchant_id,omitempty"`
	MerchantTransactionID string                `json:"merchant_transaction_id,omitempty"`
	PaymentProcessor      PaymentProcessor      `json:"payment_processor,omitempty"`
	PaymentMethod         PaymentMethod         `json:"payment_method,omitempty"`
	TransactionAmount     string                `json:"transaction_amount,omitempty"`
	TransactionCurrency   string                `json:"transaction_currency,omitempty"`
	TransactionTime       json.Number           `json:"transaction_time,omitempty"`
	Country               string                `json:"country,omitempty"`
	OrderDescription      string                `json:"order_description,omitempty"`
	Products              []wireProduct         `json:"products,omitempty"`
	Customer              *wireCustomer         `json:"customer,omitempty"`
	UserTerminalData      *wireUserTerminal     `json:"user_terminal_data,omitempty"`
	MerchantTerminalData  *wireMerchantTerminal `json:"merchant_terminal_data,omitempty"`
	AdditionalInfo        string                `json:"additional_info,omitempty"`
	NotificationURL       string                `json:"notification_url,omitempty"`
	RedirectURL           string                `json:"redirect_url,omitempty"`
}

func (r *PaymentRequest) body(form TimestampForm, loc *time.Location) ([]byte, error) {
	w := wirePayment{
		MerchantID:            r.MerchantID,
		MerchantTransactionID: r.MerchantTransactionID,
		PaymentProcessor:      r.PaymentProcessor,
		PaymentMethod:         r.PaymentMethod,
		TransactionAmount:     r.TransactionAmount.String(),
		TransactionCurrency:   r.TransactionCurrency,
		TransactionTime:       json.Number(FormatTimestamp(r.TransactionTime, form, loc)),
		Country:               r.Country,
		OrderDescription:      r.OrderDescription,
		Products:              wireProducts(r.Products),
		NotificationURL:       r.NotificationURL,
		RedirectURL:           r.RedirectURL,
	}
	if c := r.Customer; c != nil && *c != (Customer{}) {
		wire := wireCustomer(*c)
		w.Customer = &wire
	}
	if u := r.UserTerminalData; u != nil && *u != (UserTerminalData{}) {
		wire := wireUserTerminal(*u)
		w.UserTerminalData = &wire
	}
	if m := r.MerchantTerminalData; m != nil && *m != (MerchantTerminalData{}) {
		wire := wireMerchantTerminal(*m)
		w.MerchantTerminalData = &wire
	}
	var err error
	if w.AdditionalInfo, err = r.AdditionalInfo.text(loc); err != nil {
		return nil, err
	}
	return compactJSON(w)
}

// text gives the JSON string that travels as additional_info, "" if there is nothing to say.
func (a *AdditionalInfo) text(loc *time.Location) (string, error) {
	if a == nil {
		return "", nil
	}
	w := wireInfo{
		MerchantUserID: a.MerchantUserID, MerchantUserEmail: a.MerchantUserEmail, MerchantUserLoginName: a.MerchantUserLoginName,
		UserRegisterIP: a.UserRegisterIP, UserRegisterPhone: a.UserRegisterPhone, UserRegisterTerminal: a.UserRegisterTerminal,
		NeedReceipt: a.NeedReceipt, GoodsTag: a.GoodsTag, OfficialAccounts: a.OfficialAccounts,
	}
	if !a.UserRegisterTime.IsZero() {
		w.UserRegisterTime = FormatTimestamp(a.UserRegisterTime, TimestampDateTime, loc)
	}
	if w == (wireInfo{}) {
		return "", nil
	}
	text, err := compactJSON(w)
	return string(text), err
}

func wireProducts(products []Product) []wireProduct {
	wire := make([]wireProduct, len(products))
	for i, p := range products {
		wire[i] = wireProduct{
			ProductID: p.ProductID, WxpayProductID: p.WxpayProductID, Name: p.Name, Description: p.Description,
			CostPrice: p.CostPrice.String(), Price: p.Price.String(), Quantity: p.Quantity, Category: p.Category,
			SKU: p.SKU, URL: p.URL, ReceiptID: p.ReceiptID, ShippingProvider: p.ShippingProvider,
		}
	}
	return wire
}

// compactJSON is json.Marshal without the HTML escapes, which would only lengthen what is measured.
func compactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
