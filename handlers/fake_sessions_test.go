package handlers_test

import (
	"context"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// fakeSessions is the part of fakeShop that the session API talks to.
type fakeSessions struct {
	requests            []handlers.SessionRequest
	choices             []handlers.WalletChoice
	startErr, cancelErr error
	chooseErr           error
	onces               map[string]models.Once
	asked               map[string]string // the request of each key
	finished, abandoned []string
}

const sessionToken = "Tk0000000000000000000000000009"

// sessionOrder is a session that waits for its buyer's choice.
func sessionOrder() models.Order {
	o := pendingOrder()
	o.ID, o.Token, o.Status, o.Session, o.Language = 9, sessionToken, models.OrderOpen, true, ""
	o.ReturnURL, o.CancelURL = "https://merchant.example/done?x=1", "https://merchant.example/cart"
	o.Payments[0].MerchantTransactionID = "M0000000000000000000000000000000000000000009"
	o.Payments[0].Status, o.Payments[0].Processor, o.Payments[0].WebURL, o.Payments[0].WapURL = models.StatusInitialized, "", "", ""
	return o
}

func (s *fakeShop) StartSession(_ context.Context, req handlers.SessionRequest) (models.Order, error) {
	s.mu.Lock()
	s.api.requests = append(s.api.requests, req)
	err := s.api.startErr
	s.mu.Unlock()
	o := sessionOrder()
	o.Reference, o.ReturnURL, o.CancelURL, o.Language, o.Customer = req.Reference, req.ReturnURL, req.CancelURL, req.Language, req.Customer
	if req.ExpiresIn > 0 {
		o.ExpiresAt = noon.Add(req.ExpiresIn)
	}
	if req.Processor != "" && err == nil {
		o.Status, o.Payments[0].Status, o.Payments[0].Processor, o.Payments[0].Method = models.OrderPending, models.StatusWaitingPayment, req.Processor, req.Method
		o.Payments[0].WebURL, o.Payments[0].WapURL = "https://pay.example/web", "https://pay.example/wap"
	}
	s.put(o)
	return o, err
}

func (s *fakeShop) ChooseWallet(ctx context.Context, token string, w handlers.WalletChoice) (models.Order, error) {
	s.mu.Lock()
	s.api.choices = append(s.api.choices, w)
	err := s.api.chooseErr
	s.mu.Unlock()
	o, lost := s.Order(ctx, token)
	if lost != nil || err != nil {
		return o, err
	}
	o.Status, o.Payments[0].Status, o.Payments[0].Processor, o.Customer = models.OrderPending, models.StatusWaitingPayment, w.Processor, w.Customer
	o.Payments[0].WebURL, o.Payments[0].WapURL = "https://pay.example/web", "https://pay.example/wap"
	s.put(o)
	return o, nil
}

func (s *fakeShop) CancelOrder(ctx context.Context, id int64) (models.Order, error) {
	o, err := s.OrderByID(ctx, id)
	if err != nil || s.api.cancelErr != nil {
		return o, s.api.cancelErr
	}
	o.Status, o.CancelledAt = models.OrderCancelled, noon
	s.put(o)
	return o, nil
}

func (s *fakeShop) Begin(_ context.Context, id, request string) (models.Once, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.api.onces == nil {
		s.api.onces, s.api.asked = map[string]models.Once{}, map[string]string{}
	}
	if first, ok := s.api.asked[id]; ok {
		switch once := s.api.onces[id]; {
		case first != request:
			return once, models.ErrKeyReused
		case once.Status == 0:
			return once, models.ErrInProgress
		default:
			return once, nil
		}
	}
	s.api.asked[id] = request
	return models.Once{Intent: "api." + id}, nil
}

func (s *fakeShop) Finish(_ context.Context, id string, status int, answer string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.api.onces[id] = models.Once{Status: status, Answer: answer}
	s.api.finished = append(s.api.finished, id)
	return nil
}

func (s *fakeShop) Abandon(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.api.asked, id)
	s.api.abandoned = append(s.api.abandoned, id)
	return nil
}
