package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// wireCard is one message as the wire view shows it.
type wireCard struct {
	WireMessage

	Path    string // of a request, without the host
	Headers []field
	Fields  []wireField
	Signed  []string // the signing string, cut where its parts are joined
	Open    bool
}

// wireField is one value of a message, with what it means.
type wireField struct {
	Name, Value string
	Depth       int
	Meaning     string // a key of the texts, "" where nothing is known
	Section     string // of the guide
}

type wireView struct {
	Cards   []wireCard
	Payment string // whose messages alone are shown
	Last    uint64
}

// Query is the part of an address that keeps the choice of a payment.
func (v wireView) Query() string {
	if v.Payment == "" {
		return ""
	}
	return "&payment=" + url.QueryEscape(v.Payment)
}

// showWire: GET /wire: what passes between shop, gateway and buyer's browser, in step, each field explained. ?payment= shows one payment's.
func (s *Simulator) showWire(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", w.Header().Get("Content-Security-Policy")+"; connect-src 'self'")
	v := s.wireView(r, 0)
	if len(v.Cards) > 0 {
		v.Cards[len(v.Cards)-1].Open = true
	}
	s.render(w, r, http.StatusOK, "wire", page{Title: "wire.title", Wide: true, Back: "/wire", Script: "wire.js", Style: "wire.css", Bare: r.FormValue("frame") != "", Data: v})
}

// serveWire: GET /wire/messages: the cards of the messages after ?after=, for the view's script.
func (s *Simulator) serveWire(w http.ResponseWriter, r *http.Request) {
	after, err := afterOf(r.FormValue("after"))
	if err != nil {
		http.Error(w, "after is the seq of a message", http.StatusBadRequest)
		return
	}
	s.renderPart(w, r, http.StatusOK, "wire", "wirecards", page{sim: s, Locale: s.locale(r), Data: s.wireView(r, after)})
}

func (s *Simulator) wireView(r *http.Request, after uint64) wireView {
	v := wireView{Payment: r.FormValue("payment"), Last: after}
	for _, m := range s.Journal(after) {
		v.Last = m.Seq
		if v.Payment == "" || m.MerchantTransactionID == v.Payment {
			v.Cards = append(v.Cards, cardOf(m))
		}
	}
	return v
}

func cardOf(m WireMessage) wireCard {
	c := wireCard{WireMessage: m, Fields: fieldsOf(m), Headers: headerFields(m.Header)}
	if u, err := url.Parse(m.URL); err == nil {
		c.Path = u.EscapedPath()
	}
	if m.SigningString != "" {
		c.Signed = strings.SplitAfter(m.SigningString, "&")
	}
	return c
}

// fieldsOf lists a message's values in the order in which they stand, those within objects below their names.
func fieldsOf(m WireMessage) (list []wireField) {
	if m.Kind == LogReturn {
		values, err := url.ParseQuery(m.Body)
		if err != nil {
			return nil
		}
		for name, v := range values {
			list = append(list, explained(m.Kind, "", wireField{Name: name, Value: strings.Join(v, ", ")}))
		}
		slices.SortFunc(list, func(a, b wireField) int { return strings.Compare(a.Name, b.Name) })
		return list
	}
	dec := json.NewDecoder(strings.NewReader(m.Body))
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	_ = readFields(dec, m.Kind, "", 0, &list) // of a body that breaks off, what came
	return list
}

// readFields reads an object's members up to its end.
func readFields(dec *json.Decoder, kind LogKind, parent string, depth int, list *[]wireField) error {
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if err := readField(dec, kind, parent, name, depth, list); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func readField(dec *json.Decoder, kind LogKind, parent, name string, depth int, list *[]wireField) error {
	f := explained(kind, parent, wireField{Name: name, Depth: depth})
	t, err := dec.Token()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch v := t.(type) {
	case json.Delim:
		*list = append(*list, f)
		if v == '{' {
			return readFields(dec, kind, name, depth+1, list)
		}
		for dec.More() {
			if t, err = dec.Token(); err != nil {
				return err
			}
			if t == json.Delim('{') {
				if err = readFields(dec, kind, name, depth+1, list); err != nil {
					return err
				}
			}
		}
		_, err = dec.Token()
		return err
	case string:
		f.Value = v
	case json.Number:
		f.Value = v.String()
	case bool:
		f.Value = map[bool]string{true: "true", false: "false"}[v]
	}
	*list = append(*list, f)
	if name == "additional_info" { // an object written as a string
		inside := json.NewDecoder(strings.NewReader(f.Value))
		if t, err := inside.Token(); err == nil && t == json.Delim('{') {
			_ = readFields(inside, kind, name, depth+1, list)
		}
	}
	return nil
}

// sections are those of the guide that describe objects, by the name under which they stand; other fields are their message's.
var sections = map[string]string{"products": "3.1", "customer": "3.2", "user_terminal_data": "3.3", "merchant_terminal_data": "3.4"}

// sectionOf are the guide's sections of whole messages. It has no refunds.
var sectionOf = map[LogKind]string{LogCreate: "4.1.1", LogNotification: "4.1.2", LogQuery: "4.1.3", LogReturn: "4.1.4"}

// explained finds a field's meaning: as part of its object, else by its name alone.
func explained(kind LogKind, parent string, f wireField) wireField {
	f.Section = sectionOf[kind]
	if s := sections[parent]; s != "" {
		f.Section = s
	}
	for _, key := range []string{"field." + parent + "." + f.Name, "field." + f.Name} {
		if _, ok := texts[locales[0]][key]; ok {
			f.Meaning = key
			return f
		}
	}
	f.Section = ""
	return f
}

// EventsPath is where the wire view hears of new messages, MessagesPath where it gets them.
func (p page) EventsPath() string { return p.sim.path("/journal/events") }

// MessagesPath: see EventsPath.
func (p page) MessagesPath() string { return p.sim.path("/wire/messages") + p.langQuery() }
