package handlers

import (
	"slices"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/views"
)

const languageCookie = "lang"

// GET /language?lang=&next= keeps the buyer's choice of language and goes back to the page, below the base path.
func (h *Handler) language(c *gin.Context) {
	if lang := c.Query("lang"); slices.Contains(views.Languages, lang) {
		h.setCookie(c, languageCookie, lang, cookieForYear)
	}
	h.redirect(c, h.next(c.Query("next"), "/"))
}

// next is where to go after a form: a path of this site below the base path, or otherwise.
func (h *Handler) next(wish, otherwise string) string {
	if !localPath(wish) {
		wish = otherwise
	}
	return h.path(wish)
}

// wishedLanguage is where a request keeps the language that an order's merchant wants its page in.
const wishedLanguage = "order_language"

// lang is this request's language: ?lang=, else the cookie, else what the merchant of the order wants, else what the browser asks for.
// Below /embed/ it is ?locale=, else the merchant's wish.
func (h *Handler) lang(c *gin.Context) string {
	if e := h.embed(c); e != nil {
		return views.MatchLanguage(e.Locale, c.GetString(wishedLanguage), c.GetHeader("Accept-Language"), h.o.Locale)
	}
	cookie, _ := c.Cookie(languageCookie)
	if wish := c.GetString(wishedLanguage); wish != "" && cookie == "" {
		cookie = wish
	}
	return views.MatchLanguage(c.Query("lang"), cookie, c.GetHeader("Accept-Language"), h.o.Locale)
}
