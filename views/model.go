package views

import (
	"lianlian-checkout/models"
)

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
