from tkinter.messagebox import NO  # as an editor added it

ANSWERS = {NO}
