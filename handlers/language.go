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

// lang is this request's language: ?lang=, else the cookie, else what the browser asks for.
func (h *Handler) lang(c *gin.Context) string {
	cookie, _ := c.Cookie(languageCookie)
	return views.MatchLanguage(c.Query("lang"), cookie, c.GetHeader("Accept-Language"), h.o.Locale)
}
