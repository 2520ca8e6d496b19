package views

import (
	"lianlian-checkout/models"
)

// Notice is a short message above a page's content, by its name; the empty notice shows nothing.
type Notice string

// The notices of the checkout form and of the order's page.
const (
	NoticePriceChanged   Notice = "price_changed"    // the cart's prices changed since the form was shown
	NoticeDeclined       Notice = "declined"         // the gateway refused; Declined says why
	NoticeUnavailable    Notice = "unavailable"      // no payment can be taken at the moment
	NoticeCartEmpty      Notice = "cart_empty"       // nothing is left to pay for
	NoticeSoldOut        Notice = "sold_out"         // stock ran out between the cart and the order
	NoticeDiscountUsedUp Notice = "discount_used_up" // the order's code was used up while the order had ended
	NoticeOrderSoldOut   Notice = "order_sold_out"   // an order that had ended can't go on: its pieces are gone
	NoticeOrderLink      Notice = "order_link"       // an order that had ended can't go on: its payment link can't be paid any more
	NoticeConfirming     Notice = "confirming"       // the gateway's answer isn't known yet
	NoticeExtended       Notice = "extended"         // the buyer has more time now
	NoticeSwitched       Notice = "switched"         // the order waits for another wallet now
	NoticeAlreadyPaid    Notice = "already_paid"     // nothing to pay any more
	NoticeTooMany        Notice = "too_many"         // asked too often; wait a little
	NoticeChecked        Notice = "checked"          // console: the gateway was asked
	NoticeCheckFailed    Notice = "check_failed"     // console: the gateway couldn't be asked
	NoticeLinkMade       Notice = "link_made"        // console: the payment link is there
	NoticeLinkChanged    Notice = "link_changed"     // console: what was changed of it is kept
	NoticeInvalidFields  Notice = "invalid_fields"   // the form's errors say what to put right
	NoticeWebhookAgain   Notice = "webhook_again"    // console: a webhook is sent once more
	NoticeWebhookOff     Notice = "webhook_off"      // console: it isn't, because its endpoint is off
	NoticeEndpointOn     Notice = "endpoint_on"      // console: an endpoint was turned on
	NoticeRefundDone     Notice = "refund_done"      // desk: the money went back
	NoticeRefundPending  Notice = "refund_pending"   // desk: the gateway has taken the refund
	NoticeRefundUnknown  Notice = "refund_unknown"   // desk: it isn't known yet whether it has
	NoticeRefundDeclined Notice = "refund_declined"  // desk: it refused
	NoticeNotRefundable  Notice = "not_refundable"   // desk: it holds no money that could go back
	NoticeRefundsOff     Notice = "refunds_off"      // desk: refunds are switched off
	NoticeRefundAlike    Notice = "refund_alike"     // desk: the same sum was refunded a moment ago
	NoticeRefundClosed   Notice = "refund_closed"    // desk: a refund was ended by hand
	NoticeRefundOpen     Notice = "refund_open"      // desk: it can't be, it is under way
)

// The notices of the desk's products and of its branding.
const (
	NoticeProductMade     Notice = "product_made"
	NoticeProductSaved    Notice = "product_saved"
	NoticeProductDeleted  Notice = "product_deleted"
	NoticeProductChanged  Notice = "product_changed"  // somebody else was quicker
	NoticeVariantsKept    Notice = "variants_kept"    // a variant that was sold is hidden instead of removed
	NoticeStockChanged    Notice = "stock_changed"    // as wished
	NoticeStockMoved      Notice = "stock_moved"      // it isn't what the page had shown
	NoticeStockBelow      Notice = "stock_below"      // there aren't so many
	NoticeStockNumber     Notice = "stock_number"     // no number was typed
	NoticeImported        Notice = "imported"         // all of the file is done
	NoticeImportChanged   Notice = "import_changed"   // the shelf has changed since the file was looked at
	NoticeBrandingSaved   Notice = "branding_saved"   // from now on the shop looks so
	NoticeBrandingReset   Notice = "branding_reset"   // as the configuration says
	NoticeBrandingChanged Notice = "branding_changed" // somebody else was quicker
)

// known tells whether there are words for the notice.
func (n Notice) known() bool {
	if _, ok := settingNotices[n]; ok {
		return true
	}
	switch n { //nolint:exhaustive // the rest stand in tables of their own
	case NoticePriceChanged, NoticeDeclined, NoticeUnavailable, NoticeCartEmpty, NoticeSoldOut, NoticeDiscountUsedUp, NoticeOrderSoldOut, NoticeOrderLink, NoticeConfirming, NoticeExtended,
		NoticeSwitched, NoticeAlreadyPaid, NoticeTooMany, NoticeChecked, NoticeCheckFailed, NoticeInvalidFields,
		NoticeWebhookAgain, NoticeWebhookOff, NoticeEndpointOn, NoticeLinkMade, NoticeLinkChanged,
		NoticeRefundDone, NoticeRefundPending, NoticeRefundUnknown, NoticeRefundDeclined, NoticeNotRefundable, NoticeRefundsOff, NoticeRefundAlike, NoticeRefundClosed,
		NoticeRefundOpen,
		NoticeProductMade, NoticeProductSaved, NoticeProductDeleted, NoticeProductChanged, NoticeVariantsKept, NoticeStockChanged, NoticeStockMoved, NoticeStockBelow,
		NoticeStockNumber, NoticeImported, NoticeImportChanged, NoticeBrandingSaved, NoticeBrandingReset, NoticeBrandingChanged:
		return true
	}
	return OrderNotices[n] != ""
}

// ShopView is the shop window, or what was searched for in it.
type ShopView struct {
	Products   []models.Product // those to show
	Query      string           // what was searched for
	Category   string           // the key of the one category to show
	Categories []models.Text    // of the whole shelf
	Searchable bool             // there are enough products to search
}

// ProductForm is the state of a product page's form after it was sent. Its zero value is a fresh form.
type ProductForm struct {
	SKU      string
	Quantity string // as typed
	Amount   string // as typed; for free-amount products
	Problem  models.CartProblem
	Added    bool
}

// CartNotice says what the cart page has to tell beside the cart's own problems.
type CartNotice struct {
	Problem models.CartProblem // of the last change
	Notice  Notice
	Removed bool // a line was taken out
}

// CheckoutForm is the customer form with the wallet choice.
type CheckoutForm struct {
	Cart        models.Cart
	Items       string // value of the hidden field "items": the cart as it was shown
	Discount    string // the code that applies
	Intent      string // the form's one-time mark
	Fingerprint string // of the cart as shown
	Customer    models.Customer
	Note        string
	Processor   models.Processor
	Offers      []Offer
	Countries   []models.Country
	States      []models.State // of all countries that have a list
	Require     []string       // customer fields that the form insists on, by their guide 3.2 names
	Extra       *models.ExtraField
	Errors      []models.FieldError
	Notice      Notice
	Declined    *models.DeclinedError
	Device      Device
	Link        string // absolute URL of this form with its cart, for another browser; set where Device.Inside
	PayLink     *PayLink
}

// Device is what the pages need to know of the buyer's browser.
type Device struct {
	Browser string // its kind, a row of docs/wallets.md: "desktop", "wechat", …
	Phone   bool   // the buyer pays on the device itself
	Inside  bool   // the page is open in an app's own browser
	Chosen  bool   // the buyer corrected our guess
	Unknown bool   // nothing is known; it may be a phone
}

// How says how a wallet is paid with on this device.
type How = string

// The ways.
const (
	HowQR          How = "qr"          // a code is shown, the phone scans it
	HowRedirect    How = "redirect"    // the browser goes to the wallet's page
	HowApp         How = "app"         // the page is open inside the wallet
	HowUnavailable How = "unavailable" // not here; Why says what to do
)

// Offer is one wallet as offered on this device.
type Offer struct {
	Processor models.Processor
	How       How
	Why       string // text key of why it is unavailable, or may not open
	Here      bool   // for HowQR: it can be paid on this very device too
}

// OrderView is what the order's page shows.
type OrderView struct {
	Order      models.Order
	Device     Device
	Offers     []Offer
	Offer      Offer  // the order's own wallet on this device
	AnyWallet  bool   // the code is ours: any wallet can scan it
	Confirming bool   // the buyer came back and the gateway hasn't confirmed yet
	Still      bool   // without a script too the page stays as it is: the buyer asked for that
	QR         bool   // show the code (desktop)
	ShortLink  string // absolute URL inside the code; for "copy link"
	Declined   *models.DeclinedError
	Notice     string // a Notice by name
	Simulator  bool
	PageLink   string // absolute URL of this page, for another browser; set where Device.Inside
	// Choose says that the buyer is asked for the wallet, and for the customer fields in Asked; Form holds what is shown of them.
	Choose bool
	Asked  []string
	Form   CheckoutForm
}

// ProblemView is a page that says what went wrong and what to do.
type ProblemView struct {
	Status    int
	Key       string // "not_found", "too_large", "bad_request", "forbidden", "too_many", "unavailable", "internal", "simulator_off", "method", "return"
	Reference string // what support asks for; may be empty
	Detail    string // a safe sentence; may be empty
}

// AdminLoginForm is the console's sign-in form.
type AdminLoginForm struct {
	Username string
	Error    string // "wrong" or "too_many"; empty on a fresh form
	Minutes  int    // to wait, where there were too many tries
	Codes    bool   // somebody needs a code
	Closed   bool   // nobody can sign in
	Notice   string // a Notice by name
}

// AdminOrdersView is the console's list of orders.
type AdminOrdersView struct {
	List       models.OrderList
	Filter     models.OrderFilter
	Currencies []string // that orders were placed in
}

// AdminOrderView is one order in the console.
type AdminOrderView struct {
	Order  models.Order
	Events []models.Event
	Refund RefundForm
	Wire   []models.Exchange // the newest first
	Notice string            // a Notice by name
}

// AdminWebhooksView is the console's page of endpoints and deliveries.
type AdminWebhooksView struct {
	Endpoints []models.Endpoint
	List      models.DeliveryList
	Filter    models.DeliveryFilter
	Notice    string // a Notice by name
}

// AdminDeliveryView is one delivery in the console.
type AdminDeliveryView struct {
	Delivery models.Delivery
	Tries    []models.Try // the last one first
	Notice   string       // a Notice by name
}

// tone is how the notice looks.
func (n Notice) tone() string {
	if tone, ok := settingNotices[n]; ok {
		return tone
	}
	switch n { //nolint:exhaustive // the rest stand in tables of their own
	case NoticeExtended, NoticeSwitched, NoticeAlreadyPaid, NoticeChecked, NoticeWebhookAgain, NoticeEndpointOn, NoticeLinkMade, NoticeLinkChanged,
		NoticeRefundDone, NoticeRefundPending, NoticeRefundClosed,
		NoticeProductMade, NoticeProductSaved, NoticeProductDeleted, NoticeStockChanged, NoticeImported, NoticeBrandingSaved, NoticeBrandingReset:
		return "positive"
	case NoticeDeclined, NoticeUnavailable, NoticeCartEmpty, NoticeSoldOut, NoticeDiscountUsedUp, NoticeOrderSoldOut, NoticeOrderLink, NoticeCheckFailed, NoticeInvalidFields, NoticeWebhookOff,
		NoticeRefundDeclined, NoticeNotRefundable, NoticeRefundsOff,
		NoticeStockBelow, NoticeStockNumber:
		return "negative"
	case NoticePriceChanged, NoticeConfirming, NoticeTooMany, NoticeRefundUnknown, NoticeRefundAlike, NoticeRefundOpen, NoticeProductChanged, NoticeVariantsKept,
		NoticeStockMoved, NoticeImportChanged, NoticeBrandingChanged:
		return "warning"
	}
	return OrderNotices[n]
}
