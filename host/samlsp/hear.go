// Hear: what the provider says about sign-out through the person's browser.

package samlsp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	maxIndexes = 16              // of one LogoutRequest
	noticeLife = 5 * time.Minute // of a LogoutRequest that does not say
)

// Hear reads a LogoutRequest, or the LogoutResponse to one of this host's own.
//
// A LogoutRequest must be signed, in the query or in the tree, for this host's
// single logout service, and recent; its sessions are named by the NameID with
// each SessionIndex, or by the NameID alone. What has ended is for the caller to
// end, and to refuse a second time (Ended.TokenID), before it sends the browser
// on with Reply. A LogoutResponse grants and ends nothing: it must answer the
// request that went out with its RelayState, and a signature that it has must be
// the provider's. How the provider's own sign-out went is in Failed.
//
// Every error is a *login.Fault: logout_token_invalid for every check that
// failed, parameter_invalid, provider_unavailable or provider_timeout.
//
// See SAML 2.0 Core, section 3.7, and Profiles, section 4.4.
func (p *Provider) Hear(ctx context.Context, n login.Notice) (login.Heard, error) {
	if p.cfg.NoLogout {
		return login.Heard{}, login.NewFault(login.CodeNotFound, "single logout is off for this provider")
	}
	idp, err := p.source.get(ctx)
	if err != nil {
		return login.Heard{}, err
	}
	m, err := p.read(n, idp)
	if err == nil {
		var heard login.Heard
		if m.param == paramRequest {
			heard, err = p.logoutRequest(m, idp)
		} else {
			heard, err = p.logoutResponse(m, idp)
		}
		if err == nil {
			return heard, nil
		}
	}
	if login.CodeOf(err) == login.CodeInternal {
		err = login.NewFault(login.CodeLogoutTokenInvalid, "%w", err)
	}
	return login.Heard{}, err
}

// logoutRequest says which sessions the provider has ended, and how the host
// answers.
func (p *Provider) logoutRequest(m spoken, idp *metadata) (heard login.Heard, err error) {
	if !m.signed {
		return heard, errors.New("the LogoutRequest is not signed")
	}
	if err := p.head(m, "LogoutRequest", idp); err != nil {
		return heard, err
	}
	id := value(m.root, "ID")
	if id == "" || len(id) > maxName {
		return heard, errors.New("the LogoutRequest has no ID")
	}
	if err := p.within(answer{received: m.received}, m.root); err != nil {
		return heard, err
	}
	holder, err := required(m.root, nsAssertion, "NameID")
	if err != nil {
		return heard, err
	}
	name, err := readNameID(holder)
	if err != nil {
		return heard, err
	}
	if heard.Ended, err = p.ended(m, idp, id, name); err != nil {
		return heard, err
	}
	heard.Reply, err = p.logoutAnswer(idp, id, m.state)
	return heard, err
}

func (p *Provider) ended(m spoken, idp *metadata, id string, name nameID) (list []login.Ended, err error) {
	one := login.Ended{
		Issuer: idp.entityID, TokenID: id,
		Expires: m.received.Add(noticeLife + 2*p.cfg.Skew).Unix(),
	}
	indexes := children(m.root, nsProtocol, "SessionIndex")
	if len(indexes) > maxIndexes {
		return nil, fmt.Errorf("the LogoutRequest names more than %d sessions", maxIndexes)
	}
	for i, e := range indexes {
		index, err := text(e)
		if err != nil {
			return nil, err
		}
		if index == "" {
			return nil, errors.New("a SessionIndex is empty")
		}
		if p.cfg.SubjectAttribute == "" {
			one.Subject = name.subject(idp.entityID, p.cfg.EntityID) // whose session has no index
		}
		one.SessionID, one.TokenID = p.providerSID(idp, name, index), fmt.Sprintf("%s/%d", id, i)
		list = append(list, one)
	}
	if list != nil {
		return list, nil
	}
	if p.cfg.SubjectAttribute != "" {
		return nil, errors.New("the LogoutRequest names no SessionIndex, and with subject_attribute nobody is known by their NameID")
	}
	one.Subject = name.subject(idp.entityID, p.cfg.EntityID)
	return []login.Ended{one}, nil
}

// logoutAnswer is the LogoutResponse to the request id; it is empty when the
// provider says no place for it.
func (p *Provider) logoutAnswer(idp *metadata, id, state string) (login.Redirect, error) {
	binding, has := logoutBinding(idp)
	if !has {
		return login.Redirect{}, nil
	}
	to := idp.slo[binding].ResponseLocation
	message := p.message("LogoutResponse", newID(), to)
	message.CreateAttr("InResponseTo", id)
	message.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", statusSuccess)
	return p.send(binding, to, paramResponse, message, state, true)
}

// logoutResponse holds the answer to the request that went out with its state.
func (p *Provider) logoutResponse(m spoken, idp *metadata) (heard login.Heard, err error) {
	if err := p.head(m, "LogoutResponse", idp); err != nil {
		return heard, err
	}
	if m.state == "" || !token.Equal(value(m.root, "InResponseTo"), requestID(m.state)) {
		return heard, errors.New("the LogoutResponse answers another request than the one that went out with its RelayState")
	}
	heard.State = m.state
	holder, err := required(m.root, nsProtocol, "Status")
	if err != nil {
		return heard, err
	}
	code, err := required(holder, nsProtocol, "StatusCode")
	if err != nil {
		return heard, err
	}
	if v := value(code, "Value"); v != statusSuccess {
		heard.Failed = safeStatus(v)
	}
	return heard, nil
}
