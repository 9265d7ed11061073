package web

import (
	"errors"
	"net/http"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
)

func helpRoutes() []route {
	return []route{{pattern: "GET /help", role: account.Self, do: (*visit).help}}
}

// helpData is what the help says of this server alone.
type helpData struct {
	// Folder holds the data and Key is the key file; both are empty while the settings are wrong.
	Folder, Key string
}

// help says what the words mean, what we never do, and what to do when something is not as it should be.
func (v *visit) help() error {
	settings, err := v.Setup.Current(v.in.Context())
	if mistakes := (config.Errors)(nil); errors.As(err, &mistakes) {
		return v.show(http.StatusOK, "help", helpData{})
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "help", helpData{Folder: settings.Server.DataDir, Key: settings.Server.KeyPath()})
}
