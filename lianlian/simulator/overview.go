package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianlian-checkout/lianlian"
)

// maxRows is how many payments the overview lists.
const maxRows = 100

type overviewView struct {
	Payments     []Payment
	Total        int
	Mischiefs    []mischiefView
	Groups       []group
	On           int // knobs away from zero
	Refused      []entryView
	Provocations []Provocation
	Fault        string // what was wrong with the form
	Speed        float64
	Interval     string // of the notifications, in the gateway's time
	Attempts     int
	TTL          string
}

// mischiefView is a button of the pages.
type mischiefView struct {
	Name, Title, Shop string
	On                bool
	Last              *played // nil when it wasn't tried
}

func mischiefViews(sc Scenario, locale string) []mischiefView {
	list := make([]mischiefView, 0, len(mischiefs))
	for _, m := range mischiefs {
		list = append(list, mischiefView{Name: m.Name, Title: m.Title(locale), Shop: m.Shop(locale), On: m.Scenario == sc})
	}
	return list
}

type detailView struct {
	Groups     []group
	Fault      string // what was wrong with the form of knobs
	Mischiefs  []mischiefView
	Payment    Payment
	Open       bool
	Refundable bool
	Left       lianlian.Amount
	Log        []entryView
	Statuses   []lianlian.PaymentStatus
	Declines   []decline
}

// entryView is a log entry with its JSON laid out for reading.
type entryView struct {
	LogEntry
	RequestText, ResponseText string
}

// showOverview: GET /.
func (s *Simulator) showOverview(w http.ResponseWriter, r *http.Request) {
	s.renderOverview(w, r, http.StatusOK, s.Scenario(), "")
}

func (s *Simulator) renderOverview(w http.ResponseWriter, r *http.Request, status int, sc Scenario, fault string) {
	all := s.Payments()
	v := overviewView{Payments: all[:min(len(all), maxRows)], Total: len(all), Mischiefs: mischiefViews(sc, s.locale(r)), Groups: controls(sc), Provocations: Provocations(), Fault: fault}
	for i := range v.Mischiefs {
		v.Mischiefs[i].Last = s.lastPlayed(r.Context(), v.Mischiefs[i].Name, s.locale(r))
	}
	for _, g := range v.Groups {
		for _, c := range g.Controls {
			if c.Set() {
				v.On++
			}
		}
	}
	v.Refused = laidOut(s.Refused())
	v.Speed, v.Interval, v.Attempts, v.TTL = s.Speed(), brief(s.opts.NotifyInterval), s.opts.NotifyAttempts, brief(s.opts.PaymentTTL)
	s.render(w, r, status, "overview", page{Title: "overview.title", Wide: true, Back: "/", Data: v})
}

// changeScenario: POST /scenario.
func (s *Simulator) changeScenario(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "unreadable form", http.StatusBadRequest)
		return
	}
	sc, err := readScenario(r.PostForm)
	if err != nil {
		s.renderOverview(w, r, http.StatusUnprocessableEntity, s.Scenario(), err.Error())
		return
	}
	s.SetScenario(sc)
	s.seeOther(w, r, s.path("/"))
}

// brief prints 10m for 10m0s, and 2h for 2h0m0s.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// changeSpeed: POST /speed.
func (s *Simulator) changeSpeed(w http.ResponseWriter, r *http.Request) {
	speed, err := strconv.ParseFloat(r.PostFormValue("speed"), 64)
	if err == nil {
		err = s.SetSpeed(speed)
	}
	if err != nil {
		http.Error(w, "speed is a number from 1 to "+strconv.Itoa(MaxSpeed), http.StatusUnprocessableEntity)
		return
	}
	s.seeOther(w, r, s.path("/"))
}

// makeMischief: POST /mischief: one button for every payment.
func (s *Simulator) makeMischief(w http.ResponseWriter, r *http.Request) {
	m, ok := mischiefByName(r.PostFormValue("name"))
	if !ok {
		http.Error(w, "unknown mischief", http.StatusBadRequest)
		return
	}
	s.SetScenario(m.Scenario)
	s.seeOther(w, r, s.path("/"))
}

// resetAll: POST /reset.
func (s *Simulator) resetAll(w http.ResponseWriter, r *http.Request) {
	s.Reset()
	s.seeOther(w, r, s.path("/"))
}

// showPayment: GET /payments/{merchant_transaction_id}.
func (s *Simulator) showPayment(w http.ResponseWriter, r *http.Request) {
	s.renderPayment(w, r, http.StatusOK, "")
}

func (s *Simulator) renderPayment(w http.ResponseWriter, r *http.Request, status int, fault string) {
	p, ok := s.Payment(r.PathValue("merchant_transaction_id"))
	if !ok {
		s.showNotFound(w, r)
		return
	}
	s.mu.Lock()
	own, _ := s.scenarios.get(p.MerchantTransactionID)
	s.mu.Unlock()
	v := detailView{
		Mischiefs: mischiefViews(own, s.locale(r)), Groups: controls(own), Fault: fault,
		Payment: p, Open: isOpen(p.Status), Refundable: refundable(p.Status) && left(p) > 0, Left: left(p), Log: laidOut(p.Log),
		Statuses: lianlian.PaymentStatuses(), Declines: declines(s.locale(r)),
	}
	s.render(w, r, status, "detail", page{Title: "detail.title", Wide: true, Back: "/payments/" + p.MerchantTransactionID, Data: v})
}

// actOnPayment: POST /payments/{merchant_transaction_id}/{action}: the operator's buttons.
func (s *Simulator) actOnPayment(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("merchant_transaction_id")
	if _, ok := s.Payment(id); !ok {
		s.showNotFound(w, r)
		return
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "unreadable form", http.StatusBadRequest)
		return
	}
	switch r.PathValue("action") {
	case "pay":
		_ = s.Pay(id) // too late: the page that follows shows the state
	case "fail":
		code := lianlian.DeclineCode(r.PostFormValue("decline_code"))
		if !knownDecline(code) {
			http.Error(w, "unknown decline_code", http.StatusBadRequest)
			return
		}
		_ = s.Fail(id, code)
	case "cancel":
		_ = s.Cancel(id)
	case "mischief":
		m, ok := mischiefByName(r.PostFormValue("name"))
		if !ok {
			http.Error(w, "unknown mischief", http.StatusBadRequest)
			return
		}
		s.SetPaymentScenario(id, m.Scenario)
	case "scenario":
		sc, err := readScenario(r.PostForm)
		if err != nil {
			s.renderPayment(w, r, http.StatusUnprocessableEntity, err.Error())
			return
		}
		s.SetPaymentScenario(id, sc)
	case "forge":
		if err := s.Forge(id); err != nil {
			s.opts.Logger.InfoContext(r.Context(), "forged notification", "merchant_transaction_id", id, "error", err) // the log of the payment says more
		}
	case "behave":
		s.ClearPaymentScenario(id)
	case "refund":
		amount, err := lianlian.ParseAmount(r.PostFormValue("amount"))
		if err != nil {
			http.Error(w, "unreadable amount", http.StatusBadRequest)
			return
		}
		_ = s.RefundElsewhere(id, amount) // more than is left: the page that follows shows what there is
	case "status":
		if err := s.SetStatus(id, lianlian.PaymentStatus(r.PostFormValue("status"))); err != nil {
			http.Error(w, "unknown status", http.StatusBadRequest)
			return
		}
	default:
		s.showNotFound(w, r)
		return
	}
	to := s.path("/")
	if r.PostFormValue("from") == "detail" {
		to = s.path("/payments/" + id)
	}
	s.seeOther(w, r, to)
}

// actOnRefund: POST /refunds/{merchant_transaction_id}/{action}: the end of a refund.
func (s *Simulator) actOnRefund(w http.ResponseWriter, r *http.Request) {
	f, ok := s.Refund(r.PathValue("merchant_transaction_id"))
	action := r.PathValue("action")
	if !ok || action != "settle" && action != "fail" {
		s.showNotFound(w, r)
		return
	}
	_ = s.SettleRefund(f.MerchantTransactionID, action == "settle") // too late: the page that follows shows the state
	s.seeOther(w, r, s.path("/payments/"+f.OriginalTransactionID))
}

// laidOut shows a log with the newest first.
func laidOut(log []LogEntry) []entryView {
	list := make([]entryView, 0, len(log))
	for _, e := range slices.Backward(log) {
		list = append(list, entryView{LogEntry: e, RequestText: indented(e.Request.Body), ResponseText: indented(e.Response.Body)})
	}
	return list
}

func indented(body string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(body), "", "  ") != nil {
		return body
	}
	return b.String()
}
