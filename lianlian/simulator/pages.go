package simulator

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"lianlian-checkout/lianlian"
)

//go:embed templates/*.html assets/*
var files embed.FS

var pageTemplates = parseTemplates("overview", "journal", "wire", "detail", "pay", "outcome", "leave", "missing")

func parseTemplates(names ...string) map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range names {
		all[name] = template.Must(template.ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
	}
	return all
}

// page is what every template gets; Data is its own.
type page struct {
	sim    *Simulator
	Locale string
	Title  string
	Wide   bool
	Script string // an asset, or none
	Style  string // one more style sheet, or none
	Wallet bool   // shown as a phone
	Bare   bool   // for a frame: without links to other languages
	Back   string // where the links that change the language lead; the page's own path by default
	Data   any
}

// T is the text of a key in the page's language.
func (p page) T(key string) string { return say(p.Locale, key) }

// Path is the public path of a page, in the language of this one.
func (p page) Path(to string) string { return p.sim.path(to) + p.langQuery() }

func (p page) langQuery() string { return "?lang=" + p.Locale }

// Asset is the public path of an asset; its content is in the query, so that browsers may keep it for long.
func (p page) Asset(name string) string {
	return p.sim.path("/assets/"+name) + "?v=" + assetVersion(name)
}

// Time shows a moment in the gateway's zone.
func (p page) Time(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(gatewayZone).Format("2006-01-02 15:04:05")
}

// Clock shows a moment's time of day in the gateway's zone, to the millisecond.
func (p page) Clock(t time.Time) string { return t.In(gatewayZone).Format("15:04:05.000") }

// Languages are the links that change the language.
func (p page) Languages() []language {
	list := make([]language, len(locales))
	for i, l := range locales {
		list[i] = language{Tag: l, Name: languageNames[l], Current: l == p.Locale}
	}
	return list
}

// IsOpen says whether the buyer can still act on a payment.
func (p page) IsOpen(of Payment) bool { return isOpen(of.Status) }

// Exchange and Message hand a template what it needs beside the page.
func (p page) Exchange(e entryView) exchangeView { return exchangeView{p, e} }

// Message is one direction of an exchange; text is its body laid out.
func (p page) Message(m Message, text string) messageView { return messageView{p, m, text} }

// Mischief hands the buttons of mischief to a template; action is the path of their form.
func (p page) Mischief(list []mischiefView, action string) mischiefList {
	return mischiefList{p, list, action, action == "/mischief"}
}

// Knobs hands the form of all knobs to a template; action is its path.
func (p page) Knobs(list []group, action string) knobForm { return knobForm{p, list, action} }

type knobForm struct {
	Page   page
	List   []group
	Action string
}

type mischiefList struct {
	Page   page
	List   []mischiefView
	Action string
	Told   bool // what came of each the last time
}

// Merchant is the name that the buyer sees.
func (p page) Merchant() string { return p.sim.opts.MerchantName }

type exchangeView struct {
	Page  page
	Entry entryView
}

type messageView struct {
	Page page
	Message
	Text string
}

type language struct {
	Tag, Name string
	Current   bool
}

// Tone is the colour of a status: one of four words.
func (p page) Tone(st lianlian.PaymentStatus) string {
	switch st {
	case lianlian.StatusSuccess:
		return "positive"
	case lianlian.StatusCancelled, lianlian.StatusFailed, lianlian.StatusChargeback:
		return "negative"
	case lianlian.StatusInitialized, lianlian.StatusWaiting, lianlian.StatusProcessing, lianlian.StatusRefundPending:
		return "warning"
	case lianlian.StatusPartlyRefunded, lianlian.StatusRefunded:
		return "muted"
	}
	return "muted"
}

// render writes a page, whole or not at all.
func (s *Simulator) render(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.sim, p.Locale = s, s.locale(r)
	if p.Back == "" {
		p.Back = r.URL.EscapedPath()
	}
	p.Back = s.path(p.Back)
	p.Title = p.T(p.Title)
	s.renderPart(w, r, status, name, "layout", p)
}

// renderPart writes one of a page's templates, whole or not at all.
func (s *Simulator) renderPart(w http.ResponseWriter, r *http.Request, status int, name, part string, p page) {
	var b bytes.Buffer
	if err := pageTemplates[name].ExecuteTemplate(&b, part, p); err != nil {
		s.opts.Logger.ErrorContext(r.Context(), "simulator page not rendered", "page", name, "error", err)
		http.Error(w, "simulator fault", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	writeBody(w, r, status, b.Bytes())
}

// writeBody sends the body of a page or asset, compressed for a browser that takes it. One that names gzip with a weight
// gets the body as it is.
func writeBody(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Add("Vary", "Accept-Encoding")
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(part) == "gzip" {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write(body) // into memory: no error
			_ = z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			body = b.Bytes()
			break
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// withPageHeaders keeps pages free of scripts and styles that aren't files of the simulator, and out of foreign frames.
// form-action names schemes, not 'self': browsers apply it to redirects too, and a payment's form ends at the merchant's.
// The referrer policy isn't no-referrer, which would make the Origin of our own forms null.
func withPageHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "+
			"form-action http: https:; base-uri 'none'; frame-ancestors 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxRequestBody)
		next.ServeHTTP(w, r)
	})
}

// showAsset: GET /assets/{file}.
func (s *Simulator) showAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	content, err := fs.ReadFile(files, "assets/"+name)
	if err != nil {
		s.showNotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", assetTypes[path.Ext(name)])
	if r.URL.Query().Get("v") == assetVersion(name) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	writeBody(w, r, http.StatusOK, content)
}

var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// assetVersion is a hash of the content, "" for an unknown asset.
func assetVersion(name string) string {
	content, err := fs.ReadFile(files, "assets/"+name)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

// showNotFound: every other path.
func (s *Simulator) showNotFound(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusNotFound, "missing", page{Title: "missing.title"})
}

// locale chooses a page's language: ?lang=, Options.Locale, Accept-Language, English.
func (s *Simulator) locale(r *http.Request) string {
	if tag := r.URL.Query().Get("lang"); slices.Contains(locales, tag) {
		return tag
	}
	if s.opts.Locale != nil {
		if tag := s.opts.Locale(r); slices.Contains(locales, tag) {
			return tag
		}
	}
	return accepted(r.Header.Get("Accept-Language"))
}

// accepted reads Accept-Language in the order in which browsers write it, most wanted first.
func accepted(header string) string {
	for part := range strings.SplitSeq(header, ",") {
		tag, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		language, _, _ := strings.Cut(tag, "-")
		switch {
		case language == "en":
			return "en"
		case language != "zh":
		case strings.Contains(tag, "hant") || strings.Contains(tag, "-hk") || strings.Contains(tag, "-tw") || strings.Contains(tag, "-mo"):
			return "zh-Hant"
		default:
			return "zh-Hans"
		}
	}
	return "en"
}
