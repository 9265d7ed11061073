package emulator_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"testing"
)

func TestAContactsPhoto(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.contact(anna, "", fullContact())
	path := contactPath(anna, "", str(made["id"]))
	w.refused(w.get(path+"/photo"), 404, "ErrorItemNotFound")
	w.refused(w.get(path+"/photo/$value"), 404, "ErrorItemNotFound")
	r := w.get(path + "/photos/48x48")
	if r.status != 400 || at(r.body, "error", "innerError", "code") != "RequestBroker--ParseUri" {
		t.Errorf("sizes: %d %s", r.status, r.raw)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	w.must(200, w.upload(path+"/photo/$value", "image/png", picture.Bytes()))
	got := w.get(path + "/photo/$value")
	if got.status != 200 || got.raw != picture.String() || got.header.Get("Content-Type") != "image/png" {
		t.Errorf("read back: %d %s", got.status, got.header.Get("Content-Type"))
	}
	about := w.must(200, w.get(path+"/photo"))
	if about["width"] != 3.0 || about["height"] != 2.0 {
		t.Errorf("about the photo: %v", about)
	}
	if kept, ok := w.srv.ContactPhoto(anna, str(made["id"])); !ok || !bytes.Equal(kept, picture.Bytes()) {
		t.Error("a person sees another photo")
	}
	if after := w.must(200, w.get(path)); after["@odata.etag"] == made["@odata.etag"] {
		t.Error("the contact has the etag that it had")
	}
	if r := w.upload(path+"/photo/$value", "image/png", make([]byte, 4<<20+1)); r.status != 413 {
		t.Errorf("more than 4 MB: %d", r.status)
	}
	if r := w.upload(path+"/photo/$value", "text/plain", []byte("x")); r.status != 400 {
		t.Errorf("no image: %d", r.status)
	}
	w.must(204, w.do("DELETE", path+"/photo/$value", nil))
	w.refused(w.get(path+"/photo"), 404, "ErrorItemNotFound")
}

// upload is a PUT of bytes.
func (w *world) upload(target, kind string, data []byte) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, w.graph.URL+"/v1.0"+target, io.NopCloser(bytes.NewReader(data)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+w.token)
	return w.send(req, w.next)
}
