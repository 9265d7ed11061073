package raynet

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote"
)

// Image reads the picture that the field photo of a person names. One that is gone is a NotFound error.
func (c *Client) Image(ctx context.Context, photoID string) (contentType string, data []byte, err error) {
	doing := "read picture " + photoID
	if number(photoID) <= 0 {
		return "", nil, fault(remote.Invalid, doing, "not the name of a picture")
	}
	response, err := c.get(ctx, doing, "image/"+photoID+"/")
	if err != nil {
		return "", nil, err
	}
	var picture struct {
		Type string         `json:"contentType"`
		URL  string         `json:"imgData"`
		Data jsontext.Value `json:"data"` // some answers are wrapped, as all others are
	}
	err = decode(doing, response.Body, &picture)
	if err == nil && picture.URL == "" && picture.Data.Kind() == '{' {
		err = json.Unmarshal(picture.Data, &picture)
	}
	if err != nil {
		return "", nil, fault(remote.Unavailable, doing, "the answer cannot be read")
	}
	head, encoded, isURL := strings.Cut(picture.URL, ";base64,")
	data, err = base64.StdEncoding.DecodeString(encoded)
	if !isURL || err != nil || len(data) == 0 {
		return "", nil, fault(remote.Unavailable, doing, "the answer holds no picture")
	}
	if contentType = picture.Type; contentType == "" {
		contentType = strings.TrimPrefix(head, "data:")
	}
	return contentType, data, nil
}
