package views

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Dress is a prospect's look for a demonstration. What is empty stays the sample shop's.
type Dress struct {
	Name     string
	Accent   string   // #rrggbb
	Logo     string   // a picture as a data: URL
	Products []string // "Name: 128.00", one each, in the shop's currency
}

// IsZero tells whether nothing differs from the sample shop.
func (d Dress) IsZero() bool {
	return d.Name == "" && d.Accent == "" && d.Logo == "" && len(d.Products) == 0
}

// mostLogo is how many bytes a prospect's logo may have: it travels in links and forms.
const mostLogo = 512 << 10

// ErrDemoLogo says what a logo can't be.
var ErrDemoLogo = errors.New("logo: PNG, JPEG or WebP of at most 512 KiB")

// DemoLogo makes Dress.Logo of a picture. One that is too large is ErrDemoLogo.
func DemoLogo(picture []byte) (string, error) {
	if len(picture) > mostLogo {
		return "", ErrDemoLogo
	}
	return "data:" + http.DetectContentType(picture) + ";base64," + base64.StdEncoding.EncodeToString(picture), nil
}

// Picture is the logo's, nil without one. What can't be one is ErrDemoLogo.
func (d Dress) Picture() ([]byte, error) {
	if d.Logo == "" {
		return nil, nil
	}
	kind, data, ok := strings.Cut(d.Logo, ";base64,")
	picture, err := base64.StdEncoding.DecodeString(data)
	if !ok || err != nil || !strings.HasPrefix(kind, "data:image/") || len(picture) > mostLogo {
		return nil, ErrDemoLogo
	}
	return picture, nil
}

// DemoView is the presenter's screen.
type DemoView struct {
	Dress    Dress // in the form
	Worn     Dress // by the shop
	Fault    string
	Audience string // the shop's address for phones
}

// DemoStory is a script that the presenter's screen plays. Its words are demo.story.NAME, its scenes' demo.story.NAME.1 and on.
type DemoStory struct {
	Name   string
	Scenes [][]DemoAct
}

// DemoAct is one thing that happens on a screen.
type DemoAct struct {
	Do    string `json:"do"`              // open, click, fill, see, scan, or act
	In    string `json:"in,omitempty"`    // desktop, phone, desk or wire
	At    string `json:"at,omitempty"`    // a selector; of open, a path
	Value string `json:"value,omitempty"` // to fill in; of see, an expression that the text matches; of act, a form
}

func testID(name string) string { return fmt.Sprintf("[data-testid=%q]", name) }

func orderIs(status string) string {
	return testID("order-status") + fmt.Sprintf("[data-status=%q]", status)
}

// The scenes that stories share.
var (
	demoChoose = []DemoAct{
		{Do: "act", Value: "mischief="}, {Do: "open", In: "phone", At: "/demo/phone"}, {Do: "open", In: "desktop", At: "/"}, {Do: "click", In: "desktop", At: testID("product-card") + " " + testID("add-to-cart")},
		{Do: "see", In: "desktop", At: testID("cart-count"), Value: "[1-9]"}, {Do: "open", In: "desktop", At: "/cart"}, {Do: "see", In: "desktop", At: testID("cart-line")},
	}
	demoFill = []DemoAct{
		{Do: "click", In: "desktop", At: testID("to-checkout")}, {Do: "fill", In: "desktop", At: "#email", Value: "chan@example.com"},
		{Do: "fill", In: "desktop", At: "#full_name", Value: "陳大文"}, {Do: "see", In: "desktop", At: testID("pay-button")},
	}
	demoPay     = []DemoAct{{Do: "click", In: "desktop", At: testID("pay-button")}, {Do: "see", In: "desktop", At: testID("qr")}}
	demoScan    = []DemoAct{{Do: "scan", In: "phone"}, {Do: "see", In: "phone", At: testID("pay")}, {Do: "see", In: "desktop", At: testID("order-status") + `[data-scanned="true"]`}}
	demoConfirm = []DemoAct{{Do: "click", In: "phone", At: "form" + testID("pay") + " button"}, {Do: "see", In: "phone", At: orderIs("paid")}}
	demoPaid    = []DemoAct{{Do: "see", In: "desktop", At: orderIs("paid")}}
	demoDesk    = []DemoAct{{Do: "open", In: "desk", At: "/demo/desk"}, {Do: "click", In: "desk", At: testID("admin-orders-row") + " a"}, {Do: "see", In: "desk", At: testID("event-row") + ":last-child"}}
)

// DemoStories are the scripts, in their order on the screen.
func DemoStories() []DemoStory {
	buy := func(first []DemoAct) []DemoAct { return concat(demoChoose, first, demoFill, demoPay) }
	return []DemoStory{
		{"paid", [][]DemoAct{demoChoose, demoFill, demoPay, demoScan, concat(demoConfirm, demoPaid), demoDesk}},
		{"lost", [][]DemoAct{
			buy([]DemoAct{{Do: "act", Value: "mischief=lost,return-lost"}}), demoScan,
			{{Do: "click", In: "phone", At: "form" + testID("pay") + " button"}, {Do: "see", In: "phone", At: testID("outcome")}},
			demoPaid, concat(demoDesk, []DemoAct{{Do: "see", In: "desk", At: testID("event-row") + `[data-source="query"]`}, {Do: "act", Value: "mischief="}}),
		}},
		{"forged", [][]DemoAct{
			buy(nil), {{Do: "act", Value: "forge=1"}},
			concat(demoDesk, []DemoAct{{Do: "see", In: "desktop", At: orderIs("pending")}}),
			demoScan, concat(demoConfirm, demoPaid), demoDesk,
		}},
	}
}

func concat(lists ...[]DemoAct) (all []DemoAct) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// script is a story as the page's script reads it.
func (p Page) script(s DemoStory) string {
	type scene struct {
		Words string    `json:"words"`
		Acts  []DemoAct `json:"acts"`
	}
	scenes := make([]scene, len(s.Scenes))
	for i, acts := range s.Scenes {
		scenes[i] = scene{p.Text(fmt.Sprintf("demo.story.%s.%d", s.Name, i+1)), acts}
	}
	text, err := json.Marshal(scenes)
	if err != nil {
		panic(err) // strings alone
	}
	return string(text)
}

// lines are the products as the form's field holds them.
func (v DemoView) lines() string { return strings.Join(v.Dress.Products, "\n") }

// link is the address of this screen with what the shop wears, for somebody else's demonstration.
func (v DemoView) link(p Page) string {
	q := url.Values{}
	for name, value := range map[string]string{"name": v.Worn.Name, "accent": v.Worn.Accent, "logo": v.Worn.Logo} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, line := range v.Worn.Products {
		q.Add("product", line)
	}
	return p.URL("/demo?" + q.Encode())
}
