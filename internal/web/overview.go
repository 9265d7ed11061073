package web

import "net/http"

// overview is the first page: is all well, and if not, what is not.
func (v *visit) overview() error {
	a := v.Admin()
	if a == nil {
		return v.to("/setup")
	}
	status, err := a.Status(v.in.Context())
	if err != nil {
		return err
	}
	return v.showEvery(http.StatusOK, "overview", 60, status)
}
