package pages

// What each page is made of.

func (SignIn) about() about         { return about{} }
func (SecondFactor) about() about   { return about{} }
func (ChangePassword) about() about { return about{} }
func (Choose) about() about         { return about{} }
func (Consent) about() about        { return about{} }
func (DeviceCode) about() about     { return about{} }
func (DeviceConfirm) about() about  { return about{} }
func (DeviceDone) about() about     { return about{} }
func (SignOut) about() about        { return about{} }
func (SignedOut) about() about      { return about{} }
func (Account) about() about        { return about{} }
func (TOTPSetup) about() about      { return about{} }
func (PasskeySetup) about() about   { return about{} }
func (Failure) about() about        { return about{} }
func (FormPost) about() about       { return about{} }
