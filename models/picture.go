package models

import "strings"

// Picture is one size of a picture that somebody uploaded.
type Picture struct {
	ID            string // of all its sizes; 32 letters and digits
	Width, Height int
	Type          string // its content type
	Data          []byte
}

// pictureFolder begins the name of an uploaded picture where a product or the shop's look names one: "pictures/" and its ID.
const pictureFolder = "pictures/"

// PictureName is how a product names an uploaded picture.
func PictureName(id string) string { return pictureFolder + id }

// PictureID is the uploaded picture that a name stands for; ok is false for any other name.
func PictureID(name string) (id string, ok bool) {
	id, ok = strings.CutPrefix(name, pictureFolder)
	return id, ok && len(id) == 32 && !strings.ContainsFunc(id, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') })
}
