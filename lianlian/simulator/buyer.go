package simulator

import (
	"net/http"
	"net/url"
	"slices"

	"lianlian-checkout/lianlian"
)

// payView is the page on which the buyer decides, and the one that says what became of it.
type payView struct {
	Payment  Payment
	Phone    bool // the wallet's page, not the cashier's
	Base     string
	Accounts []account
	Left     lianlian.Amount // on the balance that paid
	HasLeft  bool
	Declines []decline
	CanGo    bool // paid, and the buyer may go back to the shop
	Outcome  string
	ShopURL  string // where redirect_url lives: a way back that carries no result
	ShopName string
	Fields   []field
}

type decline struct {
	Code lianlian.DeclineCode
	Text string
}

type field struct{ Name, Value string }

// showPay: GET /pay/{token}, where payment_url leads.
func (s *Simulator) showPay(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	p, sc, ok := s.byToken(token)
	if !ok {
		s.showNotFound(w, r)
		return
	}
	v := payView{Payment: p, Phone: p.Method == lianlian.WapPay, Base: "/pay/" + token}
	if p.Status == lianlian.StatusWaiting || p.Status == lianlian.StatusInitialized {
		v.Declines, v.Accounts = declines(s.locale(r)), s.accounts(p)
		title := "cashier.title"
		if v.Phone {
			title = "wallet.title"
		}
		s.render(w, r, http.StatusOK, "pay", page{Title: title, Wide: !v.Phone, Wallet: v.Phone, Style: "wallet.css", Data: v})
		return
	}
	v.Left, v.HasLeft = s.balanceAfter(p.MerchantTransactionID)
	v.Outcome = outcome(p.Status)
	if u, err := url.Parse(p.RedirectURL); err == nil {
		v.ShopURL, v.ShopName = u.Scheme+"://"+u.Host+"/", u.Host
	}
	v.CanGo = p.Status == lianlian.StatusSuccess && !sc.LoseReturn
	s.render(w, r, http.StatusOK, "outcome", page{Title: "outcome." + v.Outcome + ".title", Wallet: v.Phone, Style: "wallet.css", Data: v})
}

func outcome(st lianlian.PaymentStatus) string {
	switch st {
	case lianlian.StatusProcessing:
		return "processing"
	case lianlian.StatusCancelled:
		return "closed"
	case lianlian.StatusFailed:
		return "failed"
	case lianlian.StatusRefundPending, lianlian.StatusPartlyRefunded, lianlian.StatusRefunded:
		return "refunded"
	case lianlian.StatusChargeback:
		return "chargeback"
	case lianlian.StatusInitialized, lianlian.StatusWaiting, lianlian.StatusSuccess:
	}
	return "paid"
}

func declines(locale string) []decline {
	var list []decline
	for _, info := range lianlian.DeclineCodes() {
		text := info.DescriptionEN
		if locale != "en" {
			text = info.DescriptionZH
		}
		list = append(list, decline{Code: info.Code, Text: text})
	}
	return list
}

// actAsBuyer: POST /pay/{token}/{action}: the page's buttons.
func (s *Simulator) actAsBuyer(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	p, _, ok := s.byToken(token)
	if !ok {
		s.showNotFound(w, r)
		return
	}
	id := p.MerchantTransactionID
	switch r.PathValue("action") {
	case "pay":
		account := r.PostFormValue("account")
		if !knownAccount(account) {
			http.Error(w, "unknown account", http.StatusBadRequest)
			return
		}
		_ = s.payFrom(id, account) // pressed twice, or too late: the page that follows tells
		s.leave(w, r, token)
		return
	case "fail":
		code := lianlian.DeclineCode(r.PostFormValue("decline_code"))
		if !knownDecline(code) {
			http.Error(w, "unknown decline_code", http.StatusBadRequest)
			return
		}
		_ = s.Fail(id, code)
	case "cancel":
		_ = s.Cancel(id)
	default:
		s.showNotFound(w, r)
		return
	}
	s.seeOther(w, r, s.path("/pay/"+token))
}

func knownDecline(code lianlian.DeclineCode) bool {
	return code == "" || slices.ContainsFunc(lianlian.DeclineCodes(), func(i lianlian.DeclineCodeInfo) bool { return i.Code == code })
}

// showReturn: GET /pay/{token}/return: sends the buyer of a paid payment back once more.
func (s *Simulator) showReturn(w http.ResponseWriter, r *http.Request) {
	if _, _, ok := s.byToken(r.PathValue("token")); !ok {
		s.showNotFound(w, r)
		return
	}
	s.leave(w, r, r.PathValue("token"))
}

// leave sends the buyer back to the shop with the signed return; only after success (guide 4.1.4).
func (s *Simulator) leave(w http.ResponseWriter, r *http.Request, token string) {
	p, sc, ok := s.byToken(token)
	if !ok || p.Status != lianlian.StatusSuccess || sc.LoseReturn {
		s.seeOther(w, r, s.path("/pay/"+token))
		return
	}
	values, err := s.returnParameters(p, sc)
	if err != nil {
		s.opts.Logger.ErrorContext(r.Context(), "simulated return not made", "merchant_transaction_id", p.MerchantTransactionID, "error", err)
		http.Error(w, "simulator fault", http.StatusInternalServerError)
		return
	}
	if !sc.ReturnByPost {
		http.Redirect(w, r, withQuery(p.RedirectURL, values), http.StatusSeeOther)
		return
	}
	v := payView{Payment: p, Fields: sortedFields(values)}
	s.render(w, r, http.StatusOK, "leave", page{Title: "leave.title", Script: "return.js", Back: "/pay/" + token + "/return", Data: v})
}

func sortedFields(values url.Values) []field {
	var list []field
	for name := range values {
		list = append(list, field{name, values.Get(name)})
	}
	slices.SortFunc(list, func(a, b field) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list
}

// seeOther redirects to one of our own pages and keeps the language.
func (s *Simulator) seeOther(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to+"?lang="+s.locale(r), http.StatusSeeOther)
}
