package main

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// serveBare is the least that a page can cost with gin: one route that answers as many bytes as the path says, without
// middleware, database or template.
func serveBare() error {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	page := bytes.Repeat([]byte("<p>checkout</p>\n"), 1<<16)
	e.GET("/bytes/:n", func(c *gin.Context) {
		n, err := strconv.Atoi(c.Param("n"))
		if err != nil || n < 0 || n > len(page) {
			c.Status(http.StatusBadRequest)
			return
		}
		c.Data(http.StatusOK, "text/html; charset=utf-8", page[:n])
	})
	return serveUntilOrphaned(e)
}
