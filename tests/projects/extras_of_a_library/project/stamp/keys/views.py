import gunicorn.app.base

from webauthn import verify_registration_response
