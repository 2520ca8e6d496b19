package handlers_test

import (
	"context"
	"time"

	"lianlian-checkout/models"
)

// fakeFigures are figures that a test sets.
type fakeFigures struct {
	takings    []models.Taking
	asked      [2]models.Day
	currencies []string
	now        models.DeskNow
	placed     map[models.OrderStatus]int64
	settling   []models.Settling
	settled    []models.SettledPayment
	settledAt  string // the last cursor
	figureErr  error
	paidIn     [][2]time.Time // the stretches of PaidBetween and of Placed that were asked for
	placedIn   [][2]time.Time
}

func (f *fakeFigures) Takings(_ context.Context, from, to models.Day) ([]models.Taking, error) {
	f.asked = [2]models.Day{from, to}
	return f.takings, f.figureErr
}

func (f *fakeFigures) PaidBetween(_ context.Context, from, to time.Time) ([]models.Taking, error) {
	f.paidIn = append(f.paidIn, [2]time.Time{from, to})
	return nil, f.figureErr
}

func (f *fakeFigures) Placed(_ context.Context, from, to time.Time) (map[models.OrderStatus]int64, error) {
	f.placedIn = append(f.placedIn, [2]time.Time{from, to})
	return f.placed, f.figureErr
}

func (f *fakeFigures) DeskNow(context.Context) (models.DeskNow, error) { return f.now, f.figureErr }

func (f *fakeFigures) Currencies(context.Context) ([]string, error) { return f.currencies, nil }

func (f *fakeFigures) Settlements(_ context.Context, from, to models.Day) ([]models.Settling, error) {
	f.asked = [2]models.Day{from, to}
	return f.settling, f.figureErr
}

func (f *fakeFigures) SettledPayments(_ context.Context, _, _ models.Day, cursor string, _ int) (models.SettlementList, error) {
	f.settledAt = cursor
	if cursor == "" && len(f.settled) > 1 {
		return models.SettlementList{Payments: f.settled[:1], Next: "5-6"}, f.figureErr
	}
	return models.SettlementList{Payments: f.settled[max(0, len(f.settled)-1):]}, f.figureErr
}
