package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// FigureShop is what the desk needs of the shop's figures. Days are Hong Kong's.
type FigureShop interface {
	// Takings are what was paid from one day to another, both included, by day, currency and wallet.
	Takings(ctx context.Context, from, to models.Day) ([]models.Taking, error)
	// PaidBetween is what was paid from one moment until another, at most a day later, by currency.
	PaidBetween(ctx context.Context, from, to time.Time) ([]models.Taking, error)
	// Placed is how the orders stand that were placed from one moment until another, at most a day later.
	Placed(ctx context.Context, from, to time.Time) (map[models.OrderStatus]int64, error)
	// DeskNow counts what waits.
	DeskNow(ctx context.Context) (models.DeskNow, error)
	// Currencies are those that orders were placed in.
	Currencies(ctx context.Context) ([]string, error)
	// Settlements are the payments from one day to another, both included, by day and settlement.
	Settlements(ctx context.Context, from, to models.Day) ([]models.Settling, error)
	// SettledPayments lists them, newest first.
	SettledPayments(ctx context.Context, from, to models.Day, cursor string, limit int) (models.SettlementList, error)
}

// GET /admin is today at a glance.
func (h *Handler) adminToday(c *gin.Context) {
	if err := readDeskQuery(c.Request.URL.RawQuery).err(); err != nil {
		h.fail(c, err)
		return
	}
	view, err := h.today(c.Request.Context(), h.o.Now())
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.Today(h.page(c), view))
}

// today gathers what the page shows, the same moment of yesterday and of a week ago beside it.
func (h *Handler) today(ctx context.Context, now time.Time) (v views.TodayView, err error) {
	shop, day := h.o.Shop, models.DayOf(now)
	const aDay = 24 * time.Hour
	v.Day = day
	if v.Now, err = shop.DeskNow(ctx); err != nil {
		return v, err
	}
	if v.Attention, err = shop.AttentionCount(ctx); err != nil {
		return v, err
	}
	if v.Takings, err = shop.Takings(ctx, day-views.TodayDays+1, day); err != nil {
		return v, err
	}
	if v.Placed, err = shop.Placed(ctx, day.Start(), (day + 1).Start()); err != nil {
		return v, err
	}
	if v.PlacedBefore, err = shop.Placed(ctx, (day - 1).Start(), day.Start()); err != nil {
		return v, err
	}
	if v.ByNowYesterday, err = shop.PaidBetween(ctx, (day - 1).Start(), now.Add(-aDay)); err != nil {
		return v, err
	}
	if v.ByNowLastWeek, err = shop.PaidBetween(ctx, (day - 7).Start(), now.Add(-7*aDay)); err != nil {
		return v, err
	}
	v.Currencies, err = shop.Currencies(ctx)
	return v, err
}
