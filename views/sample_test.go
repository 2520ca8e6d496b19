package views_test

import (
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/views"

	"github.com/a-h/templ"
)

var now = time.Date(2026, 11, 23, 7, 4, 5, 0, time.UTC)

func hkd(amount int64) models.Money { return models.Money{Amount: amount, Currency: "HKD"} }

func stock(n int64) *int64 { return &n }

func text(en, hans, hant string) models.Text {
	return models.Text{"en": en, "zh-Hans": hans, "zh-Hant": hant}
}

var (
	teaware = text("Ceramics", "陶瓷", "陶瓷")
	tea     = text("Tea", "茶叶", "茶葉")

	cup = models.Product{
		ID: 1, Slug: "celadon-cup", Category: teaware, Name: text("Celadon tea cup", "青瓷茶杯", "青瓷茶杯"),
		Description: text("Thrown by hand, glazed three times. Holds 90 ml.", "手工拉坯，三次上釉。容量 90 毫升。", "手工拉坯，三次上釉。容量 90 毫升。"),
		Image:       "img/products/celadon-gaiwan.svg",
		Variants:    []models.Variant{{SKU: "celadon-cup", CostPrice: hkd(22800), Price: hkd(16800), Stock: stock(3)}},
	}
	oolong = models.Product{
		ID: 2, Slug: "oolong", Category: tea, Name: text("High mountain oolong", "高山乌龙", "高山烏龍"),
		Description: text("Spring harvest, lightly roasted.", "春茶，轻焙火。", "春茶，輕焙火。"), Image: "img/products/roasted-tieguanyin.svg",
		Variants: []models.Variant{
			{SKU: "oolong-50", Name: text("50 g", "50 克", "50 克"), CostPrice: hkd(9800), Price: hkd(9800), Stock: stock(40)},
			{SKU: "oolong-150", Name: text("150 g", "150 克", "150 克"), CostPrice: hkd(29400), Price: hkd(26000), Stock: stock(2)},
			{SKU: "oolong-300", Name: text("300 g", "300 克", "300 克"), CostPrice: hkd(48000), Price: hkd(48000), Stock: stock(0)},
		},
	}
	pot = models.Product{
		ID: 3, Slug: "teapot", Category: teaware, Name: text("Teapot, charcoal glaze", "炭釉茶壶", "炭釉茶壺"),
		Description: text("Pours without a drip.", "断水利落。", "斷水利落。"), Image: "img/products/red-clay-teapot.svg",
		Variants: []models.Variant{{SKU: "teapot", CostPrice: hkd(68000), Price: hkd(68000), Stock: stock(0)}},
	}
	donation = models.Product{
		ID: 4, Slug: "kiln-fund", Category: teaware, Name: text("Kiln fund", "窑炉基金", "窰爐基金"),
		Description: text("Helps us to rebuild the kiln.", "帮助我们重建窑炉。", "幫助我們重建窰爐。"), Image: "img/products/tea-for-the-team.svg",
		FreeAmount: true, Variants: []models.Variant{{SKU: "kiln-fund", CostPrice: hkd(1000), Price: hkd(1000)}},
	}
	hostile = models.Product{
		ID: 5, Slug: "hostile", Name: models.Text{"en": `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`},
		Description: models.Text{"en": `</textarea><style>*{display:none}</style>`}, Image: `img/x.svg" onload="alert(3)`,
		Variants: []models.Variant{{SKU: "hostile", Price: hkd(100), CostPrice: hkd(100)}},
	}
	shelf = []models.Product{cup, oolong, pot, donation}

	countries = []models.Country{
		{Code: "AU", Name: "Australia"}, {Code: "BR", Name: "Brazil"}, {Code: "CA", Name: "Canada"}, {Code: "CN", Name: "China"},
		{Code: "FR", Name: "France"}, {Code: "HK", Name: "Hong Kong, China"}, {Code: "JP", Name: "Japan"}, {Code: "US", Name: "United States of America"},
	}
	states = []models.State{
		{Country: "AU", Code: "NSW", Name: "New South Wales"}, {Country: "BR", Code: "PA", Name: "Pará"}, {Country: "CA", Code: "BC", Name: "British Columbia"},
		{Country: "US", Code: "CA", Name: "California"}, {Country: "US", Code: "PA", Name: "Pennsylvania"},
	}
	desktopOffers = []views.Offer{
		{Processor: models.AlipayHK, How: views.HowQR, Here: true}, {Processor: models.AlipayCN, How: views.HowQR, Here: true},
		{Processor: models.WeChatHK, How: views.HowQR, Here: true}, {Processor: models.WeChatCN, How: views.HowQR, Here: true},
	}
	phoneOffers = []views.Offer{
		{Processor: models.AlipayHK, How: views.HowUnavailable, Why: "in_wechat"}, {Processor: models.AlipayCN, How: views.HowUnavailable, Why: "in_wechat"},
		{Processor: models.WeChatHK, How: views.HowApp}, {Processor: models.WeChatCN, How: views.HowApp},
	}
	appOffers = []views.Offer{
		{Processor: models.AlipayHK, How: views.HowRedirect, Why: "other_app"}, {Processor: models.AlipayCN, How: views.HowRedirect, Why: "other_app"},
		{Processor: models.WeChatHK, How: views.HowRedirect, Why: "other_app"}, {Processor: models.WeChatCN, How: views.HowRedirect, Why: "other_app"},
	}
	weChat = views.Device{Browser: "wechat", Phone: true, Inside: true}
)

func catalogue() map[string]models.Product {
	bySKU := map[string]models.Product{}
	for _, p := range append(shelf, hostile) {
		for _, v := range p.Variants {
			bySKU[v.SKU] = p
		}
	}
	return bySKU
}

func cartOf(items ...models.CartItem) models.Cart { return models.NewCart(items, catalogue(), "HKD") }

var fullCart = cartOf(models.CartItem{SKU: "celadon-cup", Quantity: 2}, models.CartItem{SKU: "oolong-150", Quantity: 1},
	models.CartItem{SKU: "kiln-fund", Quantity: 1, Amount: 5000})

// lessCart is fullCart with a code whose part doesn't divide by the cups' number.
var lessCart = fullCart.WithDiscount(models.Discount{Code: "TEA15", Amount: hkd(1501), Products: []string{"celadon-cup"}}, 0, now)

var blockedCart = cartOf(models.CartItem{SKU: "celadon-cup", Quantity: 9}, models.CartItem{SKU: "teapot", Quantity: 1},
	models.CartItem{SKU: "gone", Quantity: 1}, models.CartItem{SKU: "oolong-50", Quantity: 1})

func site() *views.Site {
	s, err := views.NewSite(views.Site{
		ShopName: "Tidewater Tea & Clay", Logo: "/static/img/logo.svg", SupportEmail: "hello@shop.example", Accent: "#2f5d50", BasePath: "/pay", Simulator: true, Discounts: true,
		Assets: func(name string) string { return "/pay/static/0123456789ab/" + name },
	})
	if err != nil {
		panic(err)
	}
	return s
}

func page(lang string) views.Page {
	return views.Page{Site: site(), Lang: lang, Path: "/cart", CartPieces: fullCart.Pieces(), Now: now, Role: models.RoleOwner}
}

func form() views.CheckoutForm {
	return views.CheckoutForm{
		Cart: fullCart, Items: "celadon-cup:2", Intent: "intent-1", Fingerprint: fullCart.Fingerprint(), Offers: desktopOffers,
		Countries: countries, States: states, Require: []string{"full_name", "email"},
	}
}

func order(status models.OrderStatus, payment models.Status) models.Order {
	o := models.Order{
		ID: 7, Number: "7K3M-Q2XD", Token: "tok", Code: "code", Status: status, Lines: fullCart.Lines, Total: fullCart.Total,
		Customer:  models.Customer{FullName: "Chan Siu Ming", Email: "siuming@mail.example", Phone: "+852-91234567", Line1: "8 Kwun Tong Road", Country: "HK", Extra: &models.Extra{Label: engraving.Label, Value: "陳"}},
		CreatedAt: now.Add(-2 * time.Minute), ExpiresAt: now.Add(14*time.Minute + 32*time.Second),
		Payments: []models.Payment{{
			ID: 1, Attempt: 1, MerchantTransactionID: "0pQ7dM3xB9vK2nR5tY8wL1cF4gH6jZ0aS3eU7iO9", LLTransactionID: "2026112300123456", Processor: models.AlipayHK,
			Method: models.WebPay, Status: payment, Money: fullCart.Total, TraceID: "9f01c2", WebURL: "https://cashier.example/x",
		}},
	}
	if payment.Received() {
		o.PaidAt = now.Add(-time.Minute)
		o.Payments[0].PaidAt = o.PaidAt
	}
	return o
}

func view(status models.OrderStatus, payment models.Status) views.OrderView {
	return views.OrderView{Order: order(status, payment), Device: views.Device{Browser: "desktop"}, Offers: desktopOffers, Offer: desktopOffers[0], AnyWallet: true, QR: true, ShortLink: "https://shop.example/pay/p/code", Simulator: true}
}

func declinedForm(field string) views.CheckoutForm {
	f := form()
	f.Notice = views.NoticeDeclined
	f.Declined = &models.DeclinedError{ReturnCode: "INVALID_PARAMETER", Field: field}
	return f
}

func invalidForm() views.CheckoutForm {
	f := form()
	f.Customer = models.Customer{Email: "nobody", Country: "US", Line1: "1 Main Street", State: "PA", Phone: "+1-415"}
	f.Note = "Please wrap it"
	f.Require = []string{"full_name", "email", "line1", "gender", "id_no"}
	f.Errors = []models.FieldError{
		{Field: "full_name", Rule: "required"}, {Field: "email", Rule: "format"}, {Field: "line1", Rule: "too_long", Limit: 256}, {Field: "state", Rule: "unknown"},
		{Field: "phone", Rule: "format"}, {Field: "id_no", Rule: "required"}, {Field: "payment_processor", Rule: "required"}, {Field: "note", Rule: "characters"},
	}
	return f
}

// session is the hosted page of a session whose buyer chooses the wallet.
func session() views.OrderView {
	v := view(models.OrderOpen, models.StatusInitialized)
	v.Order.Session, v.Order.CancelURL, v.Order.Payments[0].Processor, v.QR = true, "/pay/their-cart", "", false
	v.Choose, v.Form = true, views.CheckoutForm{Countries: countries, States: states, Offers: v.Offers}
	return v
}

// engraving is the shop's own question.
var engraving = &models.ExtraField{Label: text("Engraving", "刻字", "刻字"), Hint: text("Up to ten letters", "最多十个字", "最多十個字"), Required: true, MaxLength: 10}

func extraForm() views.CheckoutForm {
	f := form()
	f.Extra = engraving
	f.Customer.Extra = &models.Extra{Label: engraving.Label, Value: "For grandmother"}
	f.Errors = []models.FieldError{{Field: "extra", Rule: "too_long", Limit: 10}}
	return f
}

// framed is the page inside another site's modal.
func framed(p views.Page, path string) views.Page {
	p.Path = path
	p.Embed = &views.Embed{Origin: "https://blog.example", Mode: "modal", Items: "celadon-cup:2", Locale: p.Lang}
	return p
}

// sample is one page in one state. Its name is what the tests and the golden files call it.
type sample struct {
	name string
	draw func(p views.Page) templ.Component
}

// samples are all pages in all their states.
func samples() []sample {
	list := append(settingsSamples(), []sample{
		{"shop", func(p views.Page) templ.Component { return views.Shop(p, views.ShopView{Products: shelf}) }},
		{"shop_search", func(p views.Page) templ.Component {
			return views.Shop(p, views.ShopView{Products: shelf[:1], Query: "茶 cup", Categories: []models.Text{tea, teaware}, Searchable: true})
		}},
		{"shop_nothing", func(p views.Page) templ.Component {
			return views.Shop(p, views.ShopView{Query: "coffee", Category: "Tea", Categories: []models.Text{tea, teaware}, Searchable: true})
		}},
		{"shop_empty", func(p views.Page) templ.Component { return views.Shop(p, views.ShopView{}) }},
		{"product", func(p views.Page) templ.Component { return views.Product(p, cup, views.ProductForm{}) }},
		{"product_added", func(p views.Page) templ.Component { return views.Product(p, cup, views.ProductForm{Added: true}) }},
		{"product_variants", func(p views.Page) templ.Component {
			return views.Product(p, oolong, views.ProductForm{SKU: "oolong-150", Quantity: "99", Problem: models.ProblemTooMany})
		}},
		{"product_free", func(p views.Page) templ.Component {
			return views.Product(p, donation, views.ProductForm{Amount: "1", Problem: models.ProblemAmount})
		}},
		{"product_sold_out", func(p views.Page) templ.Component { return views.Product(p, pot, views.ProductForm{}) }},
		{"cart", func(p views.Page) templ.Component { return views.Cart(p, fullCart, views.CartNotice{}) }},
		{"cart_problems", func(p views.Page) templ.Component {
			return views.Cart(p, blockedCart, views.CartNotice{Problem: models.ProblemTooMany})
		}},
		{"cart_empty", func(p views.Page) templ.Component {
			return views.Cart(p, models.Cart{}, views.CartNotice{Removed: true})
		}},
		{"cart_discount", func(p views.Page) templ.Component { return views.Cart(p, lessCart, views.CartNotice{}) }},
		{"cart_discount_refused", func(p views.Page) templ.Component {
			c := fullCart
			c.Discount = models.CartDiscount{Code: "TEA20", Problem: models.DiscountMinTotal, Least: hkd(100000)}
			return views.Cart(p, c, views.CartNotice{})
		}},
		{"embed_checkout", func(p views.Page) templ.Component { return views.Checkout(framed(p, "/embed/checkout"), form()) }},
		{"embed_alone", func(p views.Page) templ.Component {
			p = framed(p, "/embed/checkout")
			p.Embed.Origin = ""
			return views.Checkout(p, form())
		}},
		{"embed_refused", func(p views.Page) templ.Component {
			f := form()
			f.Cart = blockedCart
			return views.Checkout(framed(p, "/embed/checkout"), f)
		}},
		{"embed_unknown", func(p views.Page) templ.Component {
			return views.Checkout(framed(p, "/embed/checkout"), views.CheckoutForm{})
		}},
		{"embed_scan", func(p views.Page) templ.Component {
			return views.Order(framed(p, "/embed/orders/tok"), view(models.OrderPending, models.StatusWaitingPayment))
		}},
		{"embed_paid", func(p views.Page) templ.Component {
			return views.Order(framed(p, "/embed/orders/tok"), view(models.OrderPaid, models.StatusPaid))
		}},
		{"embed_expired", func(p views.Page) templ.Component {
			return views.Order(framed(p, "/embed/orders/tok"), view(models.OrderExpired, models.StatusCancelled))
		}},
		{"embed_problem", func(p views.Page) templ.Component {
			return views.Problem(framed(p, "/embed/orders/none"), views.ProblemView{Status: 404, Key: "not_found"})
		}},
		{"checkout_discount", func(p views.Page) templ.Component {
			f := form()
			f.Cart, f.Discount = lessCart, lessCart.DiscountCode()
			return views.Checkout(p, f)
		}},
		{"checkout_discount_lost", func(p views.Page) templ.Component {
			f := form()
			f.Cart.Discount = models.CartDiscount{Code: "TEA20", Problem: models.DiscountExpired}
			f.Notice = views.NoticePriceChanged
			return views.Checkout(p, f)
		}},
		{"order_paid_discount", func(p views.Page) templ.Component {
			v := view(models.OrderPaid, models.StatusPaid)
			v.Order.Lines, v.Order.Total, v.Order.Discount = lessCart.Lines, lessCart.Total, "TEA15"
			return views.Order(p, v)
		}},
		{"order_discount_used_up", func(p views.Page) templ.Component {
			v := view(models.OrderExpired, models.StatusCancelled)
			v.Order.Lines, v.Order.Total, v.Order.Discount, v.Notice = lessCart.Lines, lessCart.Total, "TEA15", string(views.NoticeDiscountUsedUp)
			return views.Order(p, v)
		}},
		{"checkout", func(p views.Page) templ.Component { return views.Checkout(p, form()) }},
		{"order_choose", func(p views.Page) templ.Component {
			v := session()
			v.Asked, v.Form.Require = []string{"full_name", "phone", "country", "state", "gender"}, []string{"full_name", "phone", "country", "state", "gender"}
			v.Form.Extra = engraving
			return views.Order(p, v)
		}},
		{"order_choose_wallet", func(p views.Page) templ.Component { return views.Order(p, session()) }},
		{"order_choose_errors", func(p views.Page) templ.Component {
			v := session()
			v.Asked, v.Form.Require = []string{"email"}, []string{"email"}
			v.Form.Customer.Email = "nobody"
			v.Form.Errors = []models.FieldError{{Field: "email", Rule: "format"}, {Field: "payment_processor", Rule: "required"}}
			return views.Order(p, v)
		}},
		{"order_choose_wechat", func(p views.Page) templ.Component {
			v := session()
			v.Device, v.Offers, v.PageLink = weChat, phoneOffers, "https://shop.example/pay/orders/t0ken"
			return views.Order(p, v)
		}},
		{"order_session_expired", func(p views.Page) templ.Component {
			v := session()
			v.Choose, v.Order.Status, v.Order.ExpiresAt = false, models.OrderExpired, now
			return views.Order(p, v)
		}},
		{"order_session_cancelled", func(p views.Page) templ.Component {
			v := session()
			v.Choose, v.Order.Status, v.Order.CancelledAt = false, models.OrderCancelled, now
			return views.Order(p, v)
		}},
		{"checkout_phone", func(p views.Page) templ.Component {
			f := form()
			f.Device, f.Offers = weChat, phoneOffers
			f.Link = "https://shop.example/pay/checkout?items=celadon-cup%3A2"
			return views.Checkout(p, f)
		}},
		{"checkout_nothing_works", func(p views.Page) templ.Component {
			f := form()
			f.Device, f.Offers = weChat, phoneOffers[:2]
			f.Link = "https://shop.example/pay/checkout?items=celadon-cup%3A2"
			return views.Checkout(p, f)
		}},
		{"checkout_other_app", func(p views.Page) templ.Component {
			f := form()
			f.Device, f.Offers = views.Device{Browser: "other_app", Phone: true, Inside: true}, appOffers
			f.Link = "https://shop.example/pay/checkout?items=celadon-cup%3A2"
			return views.Checkout(p, f)
		}},
		{"checkout_errors", func(p views.Page) templ.Component { return views.Checkout(p, invalidForm()) }},
		{"checkout_declined", func(p views.Page) templ.Component { return views.Checkout(p, declinedForm("")) }},
		{"checkout_declined_field", func(p views.Page) templ.Component { return views.Checkout(p, declinedForm("postal_code")) }},
		{"checkout_price_changed", func(p views.Page) templ.Component {
			f := form()
			f.Notice = views.NoticePriceChanged
			return views.Checkout(p, f)
		}},
		{"checkout_extra", func(p views.Page) templ.Component { return views.Checkout(p, extraForm()) }},
		{"find", func(p views.Page) templ.Component { return views.Find(p, views.FindForm{}) }},
		{"find_mail", func(p views.Page) templ.Component {
			p.Site.Mails = true
			return views.Find(p, views.FindForm{})
		}},
		{"find_errors", func(p views.Page) templ.Component {
			return views.Find(p, views.FindForm{Number: "7K3M", Errors: []models.FieldError{{Field: "number", Rule: "format"}, {Field: "email", Rule: "required"}}})
		}},
		{"find_none", func(p views.Page) templ.Component {
			return views.Find(p, views.FindForm{Number: "7K3M-Q2XD", Email: "siuming@mail.example", NotFound: true})
		}},
		{"find_sent", func(p views.Page) templ.Component {
			p.Site.Mails = true
			return views.Find(p, views.FindForm{Sent: true})
		}},
		{"checkout_blocked", func(p views.Page) templ.Component {
			f := form()
			f.Cart = blockedCart
			return views.Checkout(p, f)
		}},
		{"checkout_empty", func(p views.Page) templ.Component { return views.Checkout(p, views.CheckoutForm{}) }},
		{"order_phone", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Device, v.QR, v.Offers, v.Offer = views.Device{Browser: "ios", Phone: true}, false, appOffers, views.Offer{Processor: models.AlipayHK, How: views.HowRedirect}
			return views.Order(p, v)
		}},
		{"order_other_app", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Device, v.QR, v.Offers, v.Offer = views.Device{Browser: "other_app", Phone: true, Inside: true}, false, appOffers, appOffers[0]
			return views.Order(p, v)
		}},
		{"order_other_wallet", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Device, v.QR, v.Offers, v.Offer = weChat, false, phoneOffers, phoneOffers[0]
			return views.Order(p, v)
		}},
		{"order_nothing_works", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Device, v.QR, v.Offers, v.Offer = weChat, false, phoneOffers[:2], phoneOffers[0]
			return views.Order(p, v)
		}},
		{"order_unknown_device", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Device = views.Device{Browser: "unknown", Unknown: true}
			return views.Order(p, v)
		}},
		{"order_chosen_device", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Device = views.Device{Browser: "desktop", Chosen: true}
			v.Offer.Here = false
			return views.Order(p, v)
		}},
		{"order_scanned", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Order.Payments[0].ScannedAt = now
			return views.Order(p, v)
		}},
		{"order_extended", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Notice = string(views.NoticeExtended)
			return views.Order(p, v)
		}},
		{"order_confirming", func(p views.Page) templ.Component {
			v := view(models.OrderPending, models.StatusWaitingPayment)
			v.Confirming = true
			return views.Order(p, v)
		}},
		{"order_refused", func(p views.Page) templ.Component {
			v := view(models.OrderOpen, models.StatusInitialized)
			v.Declined = &models.DeclinedError{ReturnCode: "ANNUAL_LIMIT_EXCEEDED"}
			return views.Order(p, v)
		}},
		{"order_failed_declined", func(p views.Page) templ.Component {
			v := view(models.OrderFailed, models.StatusFailed)
			v.Order.Payments[0].DeclineCode = "insufficient_funds"
			return views.Order(p, v)
		}},
		{"admin_login", func(p views.Page) templ.Component {
			return views.AdminLogin(p, views.AdminLoginForm{Username: "mei", Error: "wrong"})
		}},
		{"admin_login_code", func(p views.Page) templ.Component {
			return views.AdminLogin(p, views.AdminLoginForm{Username: "mei", Codes: true, Error: "too_many", Minutes: 3, Notice: "password_set"})
		}},
		{"admin_closed", func(p views.Page) templ.Component { return views.AdminLogin(p, views.AdminLoginForm{Closed: true}) }},
		{"admin_orders", adminOrders},
		{"admin_orders_empty", func(p views.Page) templ.Component { return views.AdminOrders(p, views.AdminOrdersView{}) }},
		{"admin_order", adminOrder},
		{"desk_today", deskToday},
		{"desk_today_empty", func(p views.Page) templ.Component { return views.Today(p, views.TodayView{Day: deskDay}) }},
		{"desk_reports", func(p views.Page) templ.Component {
			p.Path = "/admin/reports"
			return views.Reports(p, views.ReportView{Days: views.DayRange{From: deskDay - 6, To: deskDay}, Takings: deskTakings(7)})
		}},
		{"desk_reports_empty", func(p views.Page) templ.Component {
			return views.Reports(p, views.ReportView{Days: views.DayRange{From: deskDay, To: deskDay}})
		}},
		{"desk_settlement", deskSettlement},
		{"admin_webhooks", adminWebhooks},
		{"admin_webhooks_empty", func(p views.Page) templ.Component { return views.AdminWebhooks(p, views.AdminWebhooksView{}) }},
		{"admin_delivery", adminDelivery},
		{"desk_charge", func(p views.Page) templ.Component {
			p.Admin, p.Role, p.Path = "mei", models.RoleStaff, "/admin/charge"
			return views.AdminCharge(p, views.ChargeForm{Intent: "x", Currency: "HKD", Amount: "88", Errors: []models.FieldError{{Field: "amount", Rule: "amount"}}})
		}},
		{"desk_charged", func(p views.Page) templ.Component {
			p.Admin, p.Role = "mei", models.RoleStaff
			return views.AdminCharged(p, views.ChargeView{Order: view(models.OrderPending, models.StatusWaitingPayment).Order, Wallets: models.Processors, Uncertain: true})
		}},
		{"desk_charged_paid", func(p views.Page) templ.Component {
			p.Admin, p.Role = "mei", models.RoleStaff
			return views.AdminCharged(p, views.ChargeView{Order: view(models.OrderPaid, models.StatusPaid).Order})
		}},
	}...)
	for _, s := range models.OrderStatuses {
		list = append(list, sample{"order_" + string(s), func(p views.Page) templ.Component { return views.Order(p, view(s, paymentStatus[s])) }})
	}
	for _, key := range []string{"not_found", "too_large", "bad_request", "forbidden", "too_many", "unavailable", "internal", "simulator_off", "method", "return"} {
		list = append(list, sample{"problem_" + key, func(p views.Page) templ.Component {
			return views.Problem(p, views.ProblemView{Status: 500, Key: key, Reference: "req-8f3a"})
		}})
	}
	return append(append(append(list, linkSamples()...), refundSamples()...), deskSamples()...)
}

var paymentStatus = map[models.OrderStatus]models.Status{
	models.OrderOpen: models.StatusInitialized, models.OrderPending: models.StatusWaitingPayment, models.OrderProcessing: models.StatusProcessing,
	models.OrderPaid: models.StatusPaid, models.OrderFailed: models.StatusFailed, models.OrderExpired: models.StatusCancelled,
	models.OrderCancelled: models.StatusCancelled, models.OrderRefundPending: models.StatusRefundPending, models.OrderPartiallyRefunded: models.StatusPartlyRefunded,
	models.OrderRefunded: models.StatusRefunded, models.OrderChargedBack: models.StatusChargeback,
}

func adminOrders(p views.Page) templ.Component {
	p.Admin = "mei"
	v := views.AdminOrdersView{Filter: models.OrderFilter{Query: "7K3M", Status: models.OrderPaid, Cursor: "12"}, List: models.OrderList{Next: "11"}, Currencies: []string{"CNY", "HKD"}}
	for _, s := range models.OrderStatuses {
		o := order(s, paymentStatus[s])
		if s == models.OrderFailed {
			o.Attention = "paid twice"
		}
		v.List.Orders = append(v.List.Orders, o)
	}
	return views.AdminOrders(p, v)
}

// deskDay is now's day in Hong Kong.
var deskDay = models.DayOf(now)

// deskTakings are some days of a shop that sells in two currencies.
func deskTakings(days int) (list []models.Taking) {
	for i := days - 1; i >= 0; i-- {
		for j, w := range models.Processors {
			n := int64((i*7 + j*5) % 11)
			if n == 0 {
				continue
			}
			list = append(list, models.Taking{Day: deskDay - models.Day(i), Currency: "HKD", Processor: w, Paid: n, Gross: n * 16850, Refunded: int64(i%3) * 5000})
			if j == 1 {
				list = append(list, models.Taking{Day: deskDay - models.Day(i), Currency: "CNY", Processor: w, Paid: 1, Gross: 9900 + int64(i)*100})
			}
		}
	}
	return list
}

func deskToday(p views.Page) templ.Component {
	p.Admin, p.Path = "mei", "/admin"
	return views.Today(p, views.TodayView{
		Day: deskDay, Now: models.DeskNow{Waiting: 4}, Attention: 2, Takings: deskTakings(30), Currencies: []string{"CNY", "HKD"},
		Placed:         map[models.OrderStatus]int64{models.OrderPaid: 21, models.OrderFailed: 1, models.OrderExpired: 3, models.OrderPending: 4},
		PlacedBefore:   map[models.OrderStatus]int64{models.OrderPaid: 33, models.OrderRefunded: 1, models.OrderExpired: 9},
		ByNowYesterday: []models.Taking{{Currency: "HKD", Gross: 200000}},
	})
}

func deskSettlement(p views.Page) templ.Component {
	p.Admin, p.Path = "mei", "/admin/reports/settlement"
	o := order(models.OrderPaid, models.StatusPaid)
	paid := func(settlement *models.Money) models.SettledPayment {
		s := models.SettledPayment{Payment: o.Payment(), Number: o.Number}
		s.PaidAt, s.Settlement = now, settlement
		return s
	}
	return views.Settlement(p, views.SettlementView{
		Days: views.DayRange{From: deskDay - 6, To: deskDay},
		Sums: []models.Settling{
			{Day: deskDay, Currency: "HKD", Settlement: "HKD", Payments: 2, Paid: 129200, Settled: 126800}, {Day: deskDay - 1, Currency: "HKD", Settlement: "USD", Payments: 1, Paid: 64600, Settled: 8261},
			{Day: deskDay - 1, Currency: "HKD", Payments: 3, Paid: 64600},
		},
		List: models.SettlementList{
			Payments: []models.SettledPayment{paid(&models.Money{Amount: 63400, Currency: "HKD"}), paid(&models.Money{Amount: 8261, Currency: "USD"}), paid(nil)},
			Next:     "5-6",
		},
	})
}

func adminOrder(p views.Page) templ.Component {
	p.Admin = "mei"
	o := order(models.OrderPaid, models.StatusPaid)
	o.Attention = "a notification named HKD 1.00 instead of HKD 646.00"
	o.Payments[0].Settlement = &models.Money{Amount: 8261, Currency: "USD"}
	p.Role, p.Attention = models.RoleStaff, 3
	return views.AdminOrder(p, views.AdminOrderView{Order: o, Refund: views.RefundForm{On: true}, Wire: deskWire(), Notice: string(views.NoticeChecked), Events: []models.Event{
		{At: now.Add(-2 * time.Minute), Kind: models.EventCreated, To: "open"},
		{At: now.Add(-2 * time.Minute), Kind: models.EventEvidence, Source: models.SourceCreate, Verdict: models.VerdictApplied, From: "IN", To: "WP", Raw: `{"return_code":"SUCCESS"}`},
		{At: now.Add(-time.Minute), Kind: models.EventScanned},
		{At: now.Add(-time.Minute), Kind: models.EventEvidence, Source: models.SourceNotification, Verdict: models.VerdictMismatch, Detail: "amount 1.00 HKD, stored 646.00 HKD", Raw: `{"transaction_amount":"1.00"}`},
		{At: now.Add(-50 * time.Second), LastAt: now, Times: 3, Kind: models.EventEvidence, Source: models.SourceNotification, Verdict: models.VerdictApplied, From: "WP", To: "PS", Raw: `{"transaction_status":"PS"}`},
		{At: now, Kind: "a_new_kind", Verdict: models.VerdictStale},
	}})
}

func delivery(state models.DeliveryState) models.Delivery {
	d := models.Delivery{
		ID: 12, OrderID: 7, OrderNumber: "7K3M-Q2XD", Type: models.TellPaid, MessageID: "msg_5f1b0c2d9e8a7b6c5d4e3f2a1b0c9d8e", Body: `{"type":"order.paid","timestamp":"2026-11-23T07:04:05.000Z","data":{"id":"7K3M-Q2XD"}}`,
		State: state, CreatedAt: now, Tries: 2, Last: models.Try{At: now, Status: 503, Error: "answered 503"}, Endpoint: models.Endpoint{ID: 1, URL: "https://erp.example/hooks/checkout?key=s3cret", Kind: models.EndpointConfig},
	}
	if state == models.DeliveryPending {
		d.NextAt = now.Add(5 * time.Minute)
	}
	return d
}

func adminWebhooks(p views.Page) templ.Component {
	p.Admin, p.Path = "mei", "/admin/webhooks"
	v := views.AdminWebhooksView{Filter: models.DeliveryFilter{Cursor: "99", Endpoint: 1}, Notice: string(views.NoticeEndpointOn), List: models.DeliveryList{Next: "12"}, Endpoints: []models.Endpoint{
		{ID: 1, URL: "https://erp.example/hooks/checkout?key=s3cret", Kind: models.EndpointConfig, Pending: 3, Dead: 2},
		{ID: 2, URL: "https://old.example/hook", Kind: models.EndpointConfig, Events: []string{models.TellPaid, models.TellRefunded}, DisabledAt: now, Reason: models.ReasonGone, Dead: 1},
		{ID: 3, URL: "https://older.example/hook", Kind: models.EndpointConsole, DisabledAt: now, Reason: models.ReasonRemoved, Dead: 1},
		{ID: 4, URL: "hook:paid", Kind: models.EndpointHook, Events: []string{models.TellPaid}},
	}}
	for _, s := range models.DeliveryStates {
		v.List.Deliveries = append(v.List.Deliveries, delivery(s))
	}
	return views.AdminWebhooks(p, v)
}

func adminDelivery(p views.Page) templ.Component {
	p.Admin, p.Path = "mei", "/admin/webhooks/12"
	return views.AdminDelivery(p, views.AdminDeliveryView{Delivery: delivery(models.DeliveryPending), Notice: string(views.NoticeWebhookAgain), Tries: []models.Try{
		{At: now, Took: 31 * time.Millisecond, Status: 503, Answer: "<h1>busy</h1>", Error: "answered 503"}, {At: now, Took: 10 * time.Second, Error: "no whole answer within 10s"}, {At: now, Status: 204},
	}})
}
