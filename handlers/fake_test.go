package handlers_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

const (
	token = "Tk0000000000000000000000000001"
	code  = "Cd00000000000001"
)

func hkd(hundredths int64) models.Money { return models.Money{Amount: hundredths, Currency: "HKD"} }

// fakeShop is a shop in memory. Its fields are what it answers and what it was asked.
type fakeShop struct {
	mu       sync.Mutex
	products []models.Product
	orders   map[string]models.Order
	fakeLinks
	fakeFigures
	fakeDesk
	fakeExaminer
	fakeProducts
	watchers map[string][]chan struct{}
	intents  map[string]bool

	startErr, retryErr, payErr, confirmErr, notifyErr, returnErr, orderErr, readyErr, checkErr, ordersErr error

	priceErr     error
	discounts    []models.Discount
	used         int64  // of each discount
	payURL       string // of PaymentURL, and of started orders on phones
	returnToken  string
	shelfVersion string
	mailed       []string // numbers and addresses that a link was asked for
	panicHome    bool

	api fakeSessions

	fakeRefunds

	started            []handlers.StartRequest
	retried            []models.Processor
	paidFrom           []models.Terminal
	retriedFrom        []models.Terminal
	confirmed, scanned int
	checked            []int64
	notified           []string
	filter             models.OrderFilter
	deliveryFilter     models.DeliveryFilter
	sentAgain          []int64
	againErr           error
}

func newShop() *fakeShop {
	few, none := int64(3), int64(0)
	price := func(sku string, cost, now int64, stock *int64) models.Variant {
		return models.Variant{SKU: sku, CostPrice: hkd(cost), Price: hkd(now), Stock: stock}
	}
	s := &fakeShop{
		orders: map[string]models.Order{}, watchers: map[string][]chan struct{}{}, intents: map[string]bool{}, payURL: "https://pay.example/cashier?id=1",
		products: []models.Product{
			{ID: 1, Slug: "oolong", Name: models.Text{"en": "Oolong"}, Variants: []models.Variant{price("oolong-100", 20000, 16800, nil)}},
			{ID: 2, Slug: "cup", Name: models.Text{"en": "Cup"}, Variants: []models.Variant{price("cup", 9000, 9000, &few)}},
			{ID: 3, Slug: "pot", Name: models.Text{"en": "Pot"}, Variants: []models.Variant{price("pot", 50000, 50000, &none)}},
			{ID: 4, Slug: "tip", Name: models.Text{"en": "Tip"}, FreeAmount: true, Variants: []models.Variant{price("tip", 1000, 1000, nil)}},
			{ID: 5, Slug: "secret", Name: models.Text{"en": "Secret"}, Hidden: true, Variants: []models.Variant{price("secret", 1, 1, nil)}},
		},
	}
	s.put(pendingOrder())
	s.putLink(payLink())
	return s
}

func pendingOrder() models.Order {
	return models.Order{
		ID: 7, Number: "7K3M-Q2XD", Token: token, Code: code, Status: models.OrderPending, Total: hkd(16800), Language: "en",
		Lines:     []models.LineItem{{SKU: "oolong-100", Name: models.Text{"en": "Oolong"}, Price: hkd(16800), CostPrice: hkd(20000), Quantity: 1, Total: hkd(16800)}},
		CreatedAt: noon, UpdatedAt: noon, ExpiresAt: noon.Add(30 * time.Minute),
		Payments: []models.Payment{{ID: 1, OrderID: 7, Attempt: 1, Processor: models.WeChatHK, Status: models.StatusWaitingPayment, Money: hkd(16800), WebURL: "https://pay.example/web", WapURL: "https://pay.example/wap"}},
	}
}

func (s *fakeShop) put(o models.Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[o.Token] = o
	for _, w := range s.watchers[o.Token] {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// settle moves the order of token to a status.
func (s *fakeShop) settle(order models.OrderStatus, payment models.Status) {
	o := pendingOrder()
	o.Status, o.Payments[0].Status = order, payment
	if payment.Received() {
		o.PaidAt = noon
	}
	s.put(o)
}

func (s *fakeShop) Shelf(context.Context) (*models.Shelf, error) {
	if s.panicHome {
		panic("the shelf fell down")
	}
	return &models.Shelf{Products: s.products, Version: s.shelfVersion}, nil
}

func (s *fakeShop) Product(_ context.Context, slug string) (models.Product, error) {
	for _, p := range s.products {
		if p.Slug == slug {
			return p, nil
		}
	}
	return models.Product{}, models.ErrNotFound
}

func (s *fakeShop) PriceCart(_ context.Context, items []models.CartItem, code string) (models.Cart, error) {
	if s.priceErr != nil {
		return models.Cart{}, s.priceErr
	}
	catalogue := map[string]models.Product{}
	for _, p := range s.products {
		for _, v := range p.Variants {
			catalogue[v.SKU] = p
		}
	}
	cart := models.NewCart(items, catalogue, "HKD")
	for _, d := range s.discounts {
		if d.Code == code {
			return cart.WithDiscount(d, s.used, noon), nil
		}
	}
	if code != "" {
		cart.Discount = models.CartDiscount{Code: code, Problem: models.DiscountUnknown}
	}
	return cart, nil
}

func (s *fakeShop) Countries() []models.Country {
	return []models.Country{{Code: "AU", Name: "Australia"}, {Code: "BR", Name: "Brazil"}, {Code: "HK", Name: "Hong Kong"}, {Code: "US", Name: "United States"}}
}

func (s *fakeShop) States(country string) []models.State {
	switch country {
	case "US":
		return []models.State{{Country: "US", Code: "CA", Name: "California"}, {Country: "US", Code: "WA", Name: "Washington"}}
	case "AU":
		return []models.State{{Country: "AU", Code: "WA", Name: "Western Australia"}}
	case "BR":
		return []models.State{{Country: "BR", Code: "SP", Name: "São Paulo"}}
	}
	return nil
}

func (s *fakeShop) StartPayment(_ context.Context, req handlers.StartRequest) (models.Order, error) {
	s.mu.Lock()
	s.started = append(s.started, req)
	s.mu.Unlock()
	if errors.Is(s.startErr, models.ErrConflict) {
		s.products[0].Variants[0].Price = hkd(17000) // between showing and sending
	}
	if s.startErr != nil {
		return models.Order{}, s.startErr
	}
	cart, _ := s.PriceCart(context.Background(), req.Items, req.Discount)
	if req.Link != "" {
		l, _ := s.Link(context.Background(), req.Link)
		cart, req.Items = l.Cart(req.Amount, nil, "HKD"), []models.CartItem{{}}
	}
	if _, again := s.intents[req.Intent]; !again {
		for _, p := range cart.Problems {
			if p == models.ProblemUnknown {
				return models.Order{}, &models.InvalidError{Fields: []models.FieldError{{Field: "items", Rule: "cart"}}}
			}
			return models.Order{}, models.ErrSoldOut
		}
		s.intents[req.Intent] = true
		if req.Items[0].SKU == "cup" {
			*s.products[1].Variants[0].Stock -= req.Items[0].Quantity
		}
	}
	o := pendingOrder()
	o.Payments[0].Processor, o.Payments[0].WapURL = req.Processor, s.payURL
	s.put(o)
	if req.Terminal.Official(req.Processor) {
		o.Payments[0].Page = s.payURL
	}
	return o, nil
}

func (s *fakeShop) RetryPayment(ctx context.Context, token string, p models.Processor, t models.Terminal) (models.Order, error) {
	s.mu.Lock()
	s.retried, s.retriedFrom = append(s.retried, p), append(s.retriedFrom, t)
	s.mu.Unlock()
	o, err := s.Order(ctx, token)
	if err != nil || s.retryErr != nil {
		return o, errors.Join(err, s.retryErr)
	}
	if o.Retryable() {
		o.Status, o.Payments[0].Status, o.Payments[0].Processor = models.OrderPending, models.StatusWaitingPayment, p
		s.put(o)
		if t.Official(p) {
			o.Payments[0].Page = "https://pay.example/inside-wechat"
		}
	}
	return o, nil
}

func (s *fakeShop) PaymentURL(ctx context.Context, token string, t models.Terminal) (models.Order, string, error) {
	s.mu.Lock()
	s.paidFrom = append(s.paidFrom, t)
	s.mu.Unlock()
	o, err := s.Order(ctx, token)
	if err != nil || s.payErr != nil || o.Status.Settled() {
		if err == nil {
			err = s.payErr
		}
		return o, "", err
	}
	return o, s.payURL, nil
}

func (s *fakeShop) Scanned(_ context.Context, c string) (models.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c != code {
		return models.Order{}, models.ErrNotFound
	}
	s.scanned++
	return s.orders[token], nil
}

func (s *fakeShop) OrderByCode(_ context.Context, c string) (models.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c != code {
		return models.Order{}, models.ErrNotFound
	}
	return s.orders[token], nil
}

func (s *fakeShop) ShortLink(o models.Order) string { return "https://shop.example/p/" + o.Code }

func (s *fakeShop) Order(_ context.Context, token string) (models.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.orderErr != nil {
		return models.Order{}, s.orderErr
	}
	o, ok := s.orders[token]
	if !ok {
		return models.Order{}, models.ErrNotFound
	}
	return o, nil
}

func (s *fakeShop) FindOrder(_ context.Context, number, email string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.orderErr != nil {
		return "", s.orderErr
	}
	for _, o := range s.orders {
		if o.Number == number && strings.EqualFold(o.Customer.Email, email) {
			return o.Token, nil
		}
	}
	return "", models.ErrNotFound
}

func (s *fakeShop) MailLink(number, email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mailed = append(s.mailed, number+" "+email)
}

func (s *fakeShop) Confirm(ctx context.Context, token string) (models.Order, error) {
	s.mu.Lock()
	s.confirmed++
	s.mu.Unlock()
	if s.confirmErr != nil {
		return models.Order{}, s.confirmErr
	}
	return s.Order(ctx, token)
}

func (s *fakeShop) Watch(token string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[token] = append(s.watchers[token], ch)
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, w := range s.watchers[token] {
			if w == ch {
				s.watchers[token] = append(s.watchers[token][:i], s.watchers[token][i+1:]...)
				return
			}
		}
	}
}

func (s *fakeShop) watching() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watchers[token])
}

func (s *fakeShop) Notify(_ context.Context, signature string, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notified = append(s.notified, signature+" "+string(body))
	if s.notifyErr == nil && signature != "good" {
		return models.ErrSignature
	}
	return s.notifyErr
}

func (s *fakeShop) Return(_ context.Context, values url.Values) (string, error) {
	if s.returnErr != nil {
		return "", s.returnErr
	}
	if values.Get("signature") != "good" {
		return "", models.ErrSignature
	}
	return s.returnToken, nil
}

func (s *fakeShop) Orders(_ context.Context, f models.OrderFilter) (models.OrderList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.filter = f; f.Cursor != "" {
		return models.OrderList{}, s.ordersErr
	}
	return models.OrderList{Orders: []models.Order{s.orders[token]}, Next: "6"}, s.ordersErr
}

func (s *fakeShop) OrderByID(_ context.Context, id int64) (models.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.orders {
		if o.ID == id {
			return o, nil
		}
	}
	return models.Order{}, models.ErrNotFound
}

func (s *fakeShop) History(context.Context, int64) ([]models.Event, error) {
	if s.events != nil {
		return s.events, nil
	}
	return []models.Event{{ID: 1, OrderID: 7, At: noon, Kind: "created", Detail: "from the checkout form"}}, nil
}

func (s *fakeShop) CheckNow(_ context.Context, id int64) (models.Order, error) {
	s.checked = append(s.checked, id)
	return pendingOrder(), s.checkErr
}

func (s *fakeShop) Parts(context.Context) []models.Part {
	return []models.Part{{Name: "database", Err: s.readyErr}, {Name: "keys"}}
}

// options are a shop at https://shop.example without limits.
func options(t testing.TB, shop *fakeShop, base string) handlers.Options {
	t.Helper()
	site, err := handlers.NewSite(handlers.Site{ShopName: "Tea", BasePath: base, Accent: "#0b6b50"})
	if err != nil {
		t.Fatal(err)
	}
	return handlers.Options{
		Shop: shop, People: newPeople(), Site: site, BasePath: base, BaseURL: &url.URL{Scheme: "https", Host: "shop.example"},
		Limits: handlers.Limits{Checkout: -1, Login: -1, API: -1, Find: -1, Notify: -1},
		Log:    slog.New(slog.NewTextHandler(io.Discard, nil)), Now: func() time.Time { return noon },
	}
}

func newHandler(t testing.TB, shop *fakeShop, change ...func(*handlers.Options)) *handlers.Handler {
	t.Helper()
	o := options(t, shop, "")
	for _, f := range change {
		f(&o)
	}
	h, err := handlers.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// request is one request and how it differs from a desktop browser's plain one.
type request struct {
	method, target, body string
	header               map[string]string
}

func (r request) do(h http.Handler) *httptest.ResponseRecorder {
	var body io.Reader
	if r.body != "" || r.method == http.MethodPost {
		body = strings.NewReader(r.body)
	}
	req := httptest.NewRequest(orGet(r.method), r.target, body)
	if r.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func orGet(method string) string {
	if method == "" {
		return http.MethodGet
	}
	return method
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	return request{target: target, header: pairs(header)}.do(h)
}

func post(h http.Handler, target string, f url.Values, header ...string) *httptest.ResponseRecorder {
	return request{method: http.MethodPost, target: target, body: f.Encode(), header: pairs(header)}.do(h)
}

func pairs(list []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}

// values makes a form of names and values in turn.
func values(list ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(list); i += 2 {
		f.Set(list[i], list[i+1])
	}
	return f
}

func wantStatus(t testing.TB, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("status = %d, want %d; body: %.300s", w.Code, want, w.Body)
	}
}

func wantRedirect(t testing.TB, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	wantStatus(t, w, http.StatusSeeOther)
	if got := w.Header().Get("Location"); got != want {
		t.Fatalf("Location = %q, want %q", got, want)
	}
}

// document reads the answer as HTML.
func document(t *testing.T, w *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Fatalf("Content-Type = %q, want HTML", got)
	}
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// cookie is the value of a cookie that the answer sets; ok is false when it sets none.
func cookie(w *httptest.ResponseRecorder, name string) (c *http.Cookie, ok bool) {
	for _, c := range w.Result().Cookies() {
		if c.Name == name {
			return c, true
		}
	}
	return nil, false
}

const (
	agentIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
	agentWeChat  = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x18003130) NetType/WIFI Language/zh_HK"
	agentAlipay  = "Mozilla/5.0 (Linux; U; Android 13; zh-CN; M2102J2SC Build/TKQ1.221114.001) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UWS/5.12.2.0 Mobile Safari/537.36 AlipayDefined(nt:WIFI,ws:393|0|2.75) AliApp(AP/10.5.96.8000) AlipayClient/10.5.96.8000 Language/zh-Hans"
	agentDesktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)

func (s *fakeShop) Endpoints(context.Context) ([]models.Endpoint, error) {
	return []models.Endpoint{{ID: 1, URL: "https://shop.example/hook?key=s3cret", Kind: models.EndpointConfig, Secret: "whsec_s3cret", DisabledAt: noon, Reason: models.ReasonGone, Dead: 2}}, s.ordersErr
}

func (s *fakeShop) Deliveries(_ context.Context, f models.DeliveryFilter) (models.DeliveryList, error) {
	s.deliveryFilter = f
	return models.DeliveryList{Deliveries: []models.Delivery{s.delivery()}, Next: "9"}, nil
}

func (s *fakeShop) delivery() models.Delivery {
	return models.Delivery{ID: 9, OrderID: 7, OrderNumber: "7K3M-Q2XD", Type: models.TellPaid, MessageID: "msg_1", Body: `{"type":"order.paid"}`, State: models.DeliveryDead,
		Endpoint: models.Endpoint{ID: 1, URL: "https://shop.example/hook?key=s3cret", Secret: "whsec_s3cret"}, CreatedAt: noon, Tries: 1}
}

func (s *fakeShop) Delivery(_ context.Context, id int64) (models.Delivery, []models.Try, error) {
	if id != 9 {
		return models.Delivery{}, nil, models.ErrNotFound
	}
	return s.delivery(), []models.Try{{At: noon, Status: 500, Answer: "<b>boom</b>", Error: "answered 500"}}, nil
}

func (s *fakeShop) SendAgain(_ context.Context, id int64) error {
	if id != 9 {
		return models.ErrNotFound
	}
	s.sentAgain = append(s.sentAgain, id)
	return s.againErr
}

func (s *fakeShop) TurnOnEndpoint(_ context.Context, id int64) error {
	if id != 1 {
		return models.ErrNotFound
	}
	return nil
}
